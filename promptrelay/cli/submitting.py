"""plan and submit: what would be sent, and sending it into a running stack."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from producers.plan import make_plan
from producers.submit import submit
from promptrelay.cli.campaign_options import assumed, campaign_options, campaign_spec
from promptrelay.cli.opened import open_database
from promptrelay.cli.settings import load_settings


@click.command(short_help="Show what would be sent; sends nothing.")
@campaign_options
@click.option("--json", "as_json", is_flag=True)
def plan(file: Path, *, as_json: bool, **given: Any) -> None:
    """Check FILE and show jobs, cost range, peak cash out and time needed. Sends nothing.

    \b
    Example:
      promptrelay plan prompts.csv --platform claude --platform gemini
    """
    settings = load_settings()
    made = make_plan(
        campaign_spec(settings, file, given),
        file,
        calls_per_minute=settings.calls_per_minute,
        live_slots=settings.live_slots,
    )
    click.echo(json.dumps(made.to_json()) if as_json else str(made))
    if not made.can_be_sent:
        raise click.exceptions.Exit(2)


@click.command("submit", short_help="Submit into a stack that is running elsewhere.")
@campaign_options
@click.option("--again", is_flag=True, help="Start a new run of an input that is finished.")
@click.option("--json", "as_json", is_flag=True)
def submit_file(file: Path, *, again: bool, as_json: bool, **given: Any) -> None:
    """Check FILE, write its jobs, and let the running stack send them.

    \b
    Example:
      promptrelay submit prompts.csv --platform chat_gpt --max-cost 25
    """
    settings = load_settings()
    spec = campaign_spec(settings, file, given)
    with open_database(settings) as database:
        done = submit(database, spec, file, again=again)
    if as_json:
        click.echo(
            json.dumps({"run": done.run_id, "state": done.state, "created": done.created, "jobs": done.jobs})
        )
        return
    for line in assumed(spec):
        click.echo(line)
    what = "submitted" if done.created else f"is {done.state}"
    click.echo(
        f"run {done.run_id} {what}: {done.jobs} jobs. Watch it: promptrelay status {done.run_id} --watch"
    )
