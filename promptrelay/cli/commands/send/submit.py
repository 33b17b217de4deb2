"""submit: the same into a stack that runs elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from producers.submit.submit import submit
from promptrelay.cli.opened import open_database
from promptrelay.cli.options.campaign import assumed, campaign_options, campaign_spec
from promptrelay.cli.options.grouped_help import GroupedCommand
from promptrelay.cli.planning import planned
from promptrelay.cli.settings import load_settings
from promptrelay.wiring import account_terms


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
    found = None
    if given["strict_models"]:
        plan = planned(settings, spec, file, keep=True)
        plan.refuse_doubts()
        found = plan.prompts
    with open_database(settings) as database:
        done = submit(database, spec, file, again=again, limits=account_terms(settings), found=found)
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
