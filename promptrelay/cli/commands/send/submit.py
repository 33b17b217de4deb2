"""submit: the same into a stack that runs elsewhere."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from producers.submit.submit import submit
from promptrelay.cli import life
from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.opened import open_database
from promptrelay.cli.options.campaign import assumed, campaign_options, campaign_spec
from promptrelay.cli.options.grouped_help import GroupedCommand
from promptrelay.cli.planning import planned
from promptrelay.cli.settings import load_settings
from promptrelay.data_dir import DataDir
from promptrelay.database.database import Database
from promptrelay.database.heartbeats import living
from promptrelay.wiring import account_terms

_NOBODY = (
    "nobody would send them: no PROMPTRELAY_DATABASE_URL is set, and {data} is not there."
    " Name the stack's database or data directory, or start one: `promptrelay up`;"
    " --anyway keeps them for a stack that is started later. Nothing was written"
)


@click.command("submit", cls=GroupedCommand)
@campaign_options
@click.option("--again", is_flag=True, help="Start a new run of an input that is finished.")
@click.option("--anyway", is_flag=True, help="Also where there is no stack and no data yet.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def submit_file(file: Path, *, again: bool, anyway: bool, as_json: bool, **given: Any) -> None:
    """Check FILE, write its jobs, and let the running stack send them.

    Says into which database they went and who is there to send them. Refuses, and writes nothing, where no
    database is configured and there is no data directory yet: then nobody would.

    \b
    Examples:
      promptrelay submit prompts.csv --platform chat_gpt --max-cost 25
      promptrelay submit prompts.csv --anyway
    """
    settings = load_settings()
    spec = campaign_spec(settings, file, given)
    # What is wrong with the file is said first.
    if not anyway and _is_nobodys(settings) and not planned(settings, spec, file).is_refused:
        raise UsageWrong(_NOBODY.format(data=settings.data_dir))
    found = None
    if given["strict_models"]:
        plan = planned(settings, spec, file, keep=True)
        plan.refuse_doubts()
        found = plan.prompts
    with open_database(settings) as database:
        done = submit(database, spec, file, again=again, limits=account_terms(settings), found=found)
        place = _place(database)
        with database.read() as connection:
            there = living(connection)
        signs = life.signs_of_life(settings, database)
    if as_json:
        facts = {"run": done.run_id, "state": done.state, "created": done.created, "jobs": done.jobs}
        served = {"database": place, "processes": len(there), "signs": life.as_json(signs)}
        click.echo(json.dumps({**facts, **served}))
        return
    for line in (*assumed(spec), *done.notes):
        click.echo(line)
    what = "submitted" if done.created else f"is {done.state}"
    click.echo(
        f"run {done.run_id} {what}: {done.jobs} jobs. Watch it: promptrelay status {done.run_id} --watch"
    )
    who = f"{len(there)} processes are there to send them" if there else "nobody is there to send them yet"
    click.echo(f"jobs are in {place}; {who}")
    life.say(signs)


def _is_nobodys(settings: Settings) -> bool:
    return not settings.database_url and not DataDir(settings.data_dir).path.exists()


def _place(database: Database) -> str:
    """The database as people know it, without its password."""
    return f"SQLite {database.url.database}" if database.is_sqlite else database.url.render_as_string()
