"""purge: delete prompts and answers, keep the books."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

import click
import sqlalchemy as sa

from producers.readable import duration
from promptrelay.answers.store import open_store
from promptrelay.care.purge import purge_run
from promptrelay.cli.asking import ask
from promptrelay.cli.errors import CommandFailed, UsageWrong
from promptrelay.cli.opened import open_database, the_one_run
from promptrelay.cli.settings import load_settings
from promptrelay.database.database import Database
from promptrelay.database.runs import purging
from promptrelay.domain.states import UNFINISHED_RUN
from promptrelay.wiring import results_url

_UNITS_S = {"h": 3_600.0, "d": 86_400.0, "w": 604_800.0}


@click.command()
@click.argument("run", required=False)
@click.option(
    "--older-than", metavar="90d", help="Every run that ended so long ago: hours h, days d, weeks w."
)
@click.option("--dry-run", is_flag=True, help="Only say which runs.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def purge(run: str | None, *, older_than: str | None, dry_run: bool, yes: bool, as_json: bool) -> None:
    """Delete prompts, variables and answers of RUN, or of old runs, for good.

    Only of runs that are over and that nothing may still come for. Jobs, sendings and ledger stay, so the
    receipt goes on working and says that the run is purged. What backups hold is not reached.

    \b
    Examples:
      promptrelay purge prompts
      promptrelay purge --older-than 90d --dry-run
    """
    if (run is None) == (older_than is None):
        raise UsageWrong("name one run, or an age with --older-than 90d")
    settings = load_settings()
    with open_database(settings) as database:
        chosen, skipped = _chosen(database, run, older_than)
        if not as_json:
            _show(chosen, skipped)
        done: list[str] = []
        if chosen and not dry_run:
            ask(f"Delete the prompts and answers of {len(chosen)} runs for good?", yes=yes)
            answers = open_store(results_url(settings))
            done = [row["id"] for row in chosen if purge_run(database, answers, row) is not None]
    if as_json:
        names = {"runs": [row["id"] for row in chosen], "purged": done, "skipped": [r["id"] for r in skipped]}
        click.echo(json.dumps({**names, "dry_run": dry_run}))
    elif not dry_run:
        for run_id in done:
            click.echo(f"run {run_id} is purged: its prompts and answers are deleted, its receipt stays")
    if not dry_run and len(done) < len(chosen):
        raise CommandFailed("some runs have moved on meanwhile and were left alone; try again")


def _chosen(
    database: Database, run: str | None, older_than: str | None
) -> tuple[Sequence[sa.RowMapping], Sequence[sa.RowMapping]]:
    """The runs to purge, and old ones that something may still come for."""
    if older_than is not None:
        age_s = _seconds(older_than)
        with database.read() as connection:
            found = purging.old(connection, older_than_s=age_s)
        return [row for row in found if not row["watched"]], [row for row in found if row["watched"]]
    row = the_one_run(database, run)
    if row["purged_at"] is not None:
        raise UsageWrong(f"run {row['id']} is purged already")
    if row["state"] in UNFINISHED_RUN:
        raise UsageWrong(f"run {row['id']} is {row['state']}: let it finish or cancel it first")
    with database.read() as connection:
        watched = purging.watched(connection, row["id"])
    if watched:
        raise UsageWrong(
            f"run {row['id']} has {watched:,} sendings that may still be answered; purge it later"
        )
    return [row], []


def _seconds(text: str) -> float:
    match = re.fullmatch(r"(\d{1,6})([hdw])", text.strip())
    if match is None:
        raise UsageWrong(
            f"--older-than: {text!r} is no age; write hours, days or weeks, such as 12h, 90d or 8w"
        )
    return int(match[1]) * _UNITS_S[match[2]]


def _show(chosen: Sequence[sa.RowMapping], skipped: Sequence[sa.RowMapping]) -> None:
    for row in chosen:
        took = (row["finished_at"] or row["created_at"]) - row["created_at"]
        click.echo(f"{row['id']}  {row['campaign']}  {row['state']}, took {duration(took)}")
    for row in skipped:
        click.echo(f"{row['id']}  {row['campaign']}  left alone: sendings of it may still be answered")
    if not chosen:
        click.echo("there is nothing to purge")
