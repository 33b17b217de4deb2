"""cancel: nothing new of a run is sent, what was sent is still collected."""

from __future__ import annotations

import json

import click
import sqlalchemy as sa

from promptrelay.books.progress import Progress, progress
from promptrelay.cli.asking import ask
from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.opened import open_database, the_one_run
from promptrelay.cli.settings import load_settings
from promptrelay.database.database import Database
from promptrelay.database.runs.cancelling import cancel_all_jobs, cancel_run
from promptrelay.domain.states import WATCHED_ATTEMPT, JobState, RunState


@click.command()
@click.argument("run")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def cancel(run: str, *, yes: bool, as_json: bool) -> None:
    """Send nothing new of RUN, for good. What was sent is paid for: it is still collected and delivered.

    Cancelling cannot be taken back; the same input is sent again only with `run FILE --again`.

    \b
    Examples:
      promptrelay cancel prompts
      promptrelay cancel 01K9Z3 --yes --json
    """
    with open_database(load_settings()) as database:
        row = the_one_run(database, run)
        if row["state"] == RunState.FINISHED:
            raise UsageWrong(f"run {row['id']} is finished: there is nothing left to cancel")
        if row["state"] != RunState.CANCELLED:
            ask(_question(progress(database, row["id"])), yes=yes)
        changed = _cancel(database, row)
        now = progress(database, row["id"])
    awaited = _awaited(now)
    if as_json:
        cancelled = now.jobs.get(JobState.CANCELLED, 0)
        facts = {"run": now.run_id, "campaign": now.campaign, "state": now.state, "changed": changed}
        click.echo(json.dumps({**facts, "jobs_cancelled": cancelled, "attempts_awaited": awaited}))
        return
    click.echo(f"run {now.run_id} is {now.state}{'' if changed else ' already'}: {_left(now, awaited)}")


def _cancel(database: Database, row: sa.RowMapping) -> bool:
    with database.write() as connection:
        changed = cancel_run(connection, row["id"])
    cancel_all_jobs(database, row["id"])
    return changed


def _question(now: Progress) -> str:
    not_sent = now.jobs.get(JobState.QUEUED, 0) + now.jobs.get(JobState.CLAIMED, 0)
    return (
        f"Cancel {now.campaign}, run {now.run_id}: {not_sent:,} of {now.total:,} jobs will never be sent, "
        f"{_awaited(now):,} sendings are still collected?"
    )


def _awaited(now: Progress) -> int:
    return sum(now.attempts.get(state, 0) for state in WATCHED_ATTEMPT)


def _left(now: Progress, awaited: int) -> str:
    ended = f"{now.jobs.get(JobState.CANCELLED, 0):,} jobs are never sent, {now.answers:,} are done"
    if not awaited:
        return ended
    return f"{ended}; {awaited:,} sendings are still collected, by the stack that runs or by: promptrelay up"
