"""The commands as one: each is imported when it is called, never to be listed."""

from __future__ import annotations

import difflib
from importlib import import_module
from importlib.metadata import version
from typing import Any

import click
from click.shell_completion import CompletionItem

from promptrelay.cli.command_list import COMMANDS, SECTIONS
from promptrelay.cli.completing import complete_names


class Commands(click.Group):
    """Finds commands by name and lists them under their headings."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every name, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The command of that name, imported."""
        if name not in COMMANDS:
            return None
        module, _, attribute = COMMANDS[name].target.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        complete_names(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is called. Raises UsageError with the nearest name."""
        name = args[0]
        if name in COMMANDS or ctx.resilient_parsing or name.startswith("-"):
            return super().resolve_command(ctx, args)
        near = difflib.get_close_matches(name.lower(), COMMANDS, n=1)
        hint = f"did you mean {near[0]}?" if near else "`promptrelay --help` lists them all"
        raise click.UsageError(f"there is no command {name!r}; {hint}", ctx)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write every command with what it is for."""
        width = max(map(len, COMMANDS))
        for heading, commands in SECTIONS.items():
            with formatter.section(heading):
                formatter.write_dl([(f"{name:{width}}", place.summary) for name, place in commands.items()])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The commands that begin so, and the options."""
        names = [
            CompletionItem(name, help=place.summary)
            for name, place in COMMANDS.items()
            if name.startswith(incomplete)
        ]
        return names + super(click.Group, self).shell_complete(ctx, incomplete)


def command_group() -> Commands:
    """The command line as a whole."""
    return Commands(
        name="promptrelay",
        help="Send prompts to ChatGPT, Claude, Gemini and Perplexity, with a receipt for every cent.",
        epilog="`promptrelay COMMAND --help` says more, with examples.",
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
        params=[_version_option()],
    )


def _version_option() -> click.Option:
    def show(ctx: click.Context, _option: Any, asked: bool) -> None:  # noqa: FBT001 - click calls it so
        if asked and not ctx.resilient_parsing:
            click.echo(f"promptrelay {version('promptrelay')}")
            ctx.exit()

    return click.Option(
        ["--version"],
        is_flag=True,
        expose_value=False,
        is_eager=True,
        callback=show,
        help="Show the version and exit.",
    )


def usage_line(error: click.ClickException) -> str:
    """What is wrong with a command line, and where to read on, in one line."""
    text = " ".join(error.format_message().split())
    ctx = error.ctx if isinstance(error, click.UsageError) else None
    if ctx is None or ctx.command_path == "promptrelay":
        return text
    return f"{text} (see `{ctx.command_path} --help`)"
