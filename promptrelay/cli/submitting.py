"""plan and submit: what would be sent, and sending it into a running stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from producers.submit import submit
from promptrelay.cli.campaign_options import assumed, campaign_options, campaign_spec
from promptrelay.cli.grouped_help import GroupedCommand
from promptrelay.cli.opened import open_database
from promptrelay.cli.plan_display import plan_console, plan_text
from promptrelay.cli.planning import limits_of, planned
from promptrelay.cli.settings import load_settings


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
        plan_console().print(plan_text(made), highlight=False)
    if made.is_refused:
        raise click.exceptions.Exit(2)


@click.command("submit", cls=GroupedCommand)
@campaign_options
@click.option("--again", is_flag=True, help="Start a new run of an input that is finished.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def submit_file(file: Path, *, again: bool, as_json: bool, **given: Any) -> None:
    """Check FILE, write its jobs, and let the running stack send them.

    \b
    Example:
      promptrelay submit prompts.csv --platform chat_gpt --max-cost 25
    """
    settings = load_settings()
    spec = campaign_spec(settings, file, given)
    if given["strict_models"]:
        planned(settings, spec, file).refuse_doubts()
    with open_database(settings) as database:
        done = submit(database, spec, file, again=again, limits=limits_of(settings))
    if as_json:
        click.echo(
            json.dumps({"run": done.run_id, "state": done.state, "created": done.created, "jobs": done.jobs})
        )
        return
    for line in (*assumed(spec), *done.notes):
        click.echo(line)
    what = "submitted" if done.created else f"is {done.state}"
    click.echo(
        f"run {done.run_id} {what}: {done.jobs} jobs. Watch it: promptrelay status {done.run_id} --watch"
    )
