"""plan: what would be sent, before anything is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from promptrelay.cli.options.campaign import campaign_options, campaign_spec
from promptrelay.cli.options.grouped_help import GroupedCommand
from promptrelay.cli.planning import planned
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.plan import plan_console, plan_text, prompt_text


@click.command(cls=GroupedCommand)
@campaign_options
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def plan(file: Path, *, as_json: bool, **given: Any) -> None:
    """Check FILE and show jobs, cost range, cash out, time needed, and what to know before. Sends nothing.

    Costs rest on the account's own answers where there are 20 of a platform and method, else on published
    figures. Ends with 2 when `run` and `submit` would refuse it.

    \b
    Examples:
      promptrelay plan prompts.csv --platform claude --platform gemini
      promptrelay plan campaign.yaml --json
    """
    settings = load_settings()
    made = planned(settings, campaign_spec(settings, file, given), file)
    if given["strict_models"]:
        made.refuse_doubts()
    if as_json:
        click.echo(json.dumps(made.to_json()))
    else:
        console = plan_console()
        console.print(plan_text(made), markup=False, highlight=False)
        if made.prompts.rows:
            console.print("", prompt_text(made), sep="\n", markup=False, highlight=False)
    if made.is_refused:
        raise click.exceptions.Exit(2)
