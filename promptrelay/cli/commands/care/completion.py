"""completion: the script that lets a shell complete our commands."""

from __future__ import annotations

import json

import click
from click.shell_completion import get_completion_class

SHELLS = ("bash", "zsh", "fish")


@click.command()
@click.argument("shell", type=click.Choice(SHELLS))
@click.option("--json", "as_json", is_flag=True, help="The script as a text in JSON.")
@click.pass_context
def completion(ctx: click.Context, shell: str, *, as_json: bool) -> None:
    """Print the script that lets SHELL complete commands, options, platforms, states and runs.

    \b
    bash: add to ~/.bashrc   eval "$(promptrelay completion bash)"
    zsh:  add to ~/.zshrc    eval "$(promptrelay completion zsh)"
    fish: write it to        ~/.config/fish/completions/promptrelay.fish

    \b
    Examples:
      promptrelay completion bash
      promptrelay completion fish > ~/.config/fish/completions/promptrelay.fish
    """
    kind = get_completion_class(shell)
    assert kind is not None
    script = kind(ctx.find_root().command, {}, "promptrelay", "_PROMPTRELAY_COMPLETE").source()
    click.echo(json.dumps({"shell": shell, "script": script}) if as_json else script)
