"""schedule pause, resume, run-now and remove."""

from __future__ import annotations

import json
from pathlib import Path

import click

from config.settings import Settings
from producers.schedules import schedules
from producers.schedules.errors import MonthSpent
from producers.schedules.run_starting import FiringContext, Overtaken, fire_by_hand
from producers.schedules.sheet import utc_text
from producers.submit.versions import Reading, read_version
from promptrelay.cli.asking import ask
from promptrelay.cli.calendar import schedules_now
from promptrelay.cli.errors import CommandFailed, StoppedAtLimit, UsageWrong
from promptrelay.cli.opened import open_database
from promptrelay.cli.options.campaign import spec_reader
from promptrelay.cli.settings import load_settings
from promptrelay.database.database import Database
from promptrelay.database.schedules.schedules import ScheduleRow
from promptrelay.domain.account.pause import BY_OPERATOR
from promptrelay.domain.schedule import ScheduleState
from promptrelay.wiring import account_terms

_MOST_RACES = 5


@click.command("pause", short_help="Fire no more until it is resumed.")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def pause(name: str, *, as_json: bool) -> None:
    """Let schedule NAME fire no more. Runs that it has started go on: `promptrelay pause RUN` stops those.

    \b
    Example:
      promptrelay schedule pause shoes-by-city
    """
    settings = load_settings()
    with open_database(settings) as database:
        with database.write() as connection:
            row = schedules.find(connection, settings.account, name)
            changed = schedules.pause(connection, row["id"], BY_OPERATOR)
        now = _again(database, settings, row)
    if not changed and now["state"] != ScheduleState.PAUSED:
        raise UsageWrong(f"schedule {now['name']} is {now['state']}: it fires no more")
    _say(now, changed=changed, as_json=as_json)


@click.command("resume", short_help="Fire again.")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def resume(name: str, *, as_json: bool) -> None:
    """Let schedule NAME fire again, from its next time on; what was due meanwhile is not made up for.

    The campaign file has to be there and to be right.

    \b
    Example:
      promptrelay schedule resume shoes-by-city
    """
    settings = load_settings()
    with open_database(settings) as database:
        with database.read() as connection:
            row = schedules.find(connection, settings.account, name)
        if row["state"] == ScheduleState.PAUSED:
            _read(database, settings, row)
        with database.write() as connection:
            changed = schedules.resume(connection, row, schedules_now(settings, connection))
        now = _again(database, settings, row)
    if not changed and now["state"] != ScheduleState.ACTIVE:
        raise UsageWrong(f"schedule {now['name']} is {now['state']}: it cannot be resumed")
    _say(now, changed=changed, as_json=as_json)


@click.command("run-now", short_help="Start a run of it now.")
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def run_now(name: str, *, as_json: bool) -> None:
    """Start a run of schedule NAME now, whatever its times, its state and its unfinished runs.

    The stack that runs loads it and sends it. Ends with 3 when the monthly cap does not allow it.

    \b
    Example:
      promptrelay schedule run-now shoes-by-city
    """
    settings = load_settings()
    with open_database(settings) as database:
        with database.read() as connection:
            row = schedules.find(connection, settings.account, name)
        if row["state"] == ScheduleState.REMOVED:
            raise UsageWrong(f"schedule {row['name']} is removed")
        run_id = _fire(database, settings, row)
    if as_json:
        click.echo(json.dumps({"schedule": row["name"], "run": run_id, "state": "loading"}))
        return
    click.echo(f"run {run_id} is loading. Watch it: promptrelay status {run_id} --watch")


@click.command("remove", short_help="Remove it; its runs and its history stay.")
@click.argument("name")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def remove(name: str, *, yes: bool, as_json: bool) -> None:
    """Remove schedule NAME. Its runs stay and go on, and so does its history: `schedule list --all`.

    \b
    Example:
      promptrelay schedule remove shoes-by-city --yes
    """
    settings = load_settings()
    with open_database(settings) as database:
        with database.read() as connection:
            row = schedules.find(connection, settings.account, name)
        ask(f"Remove the schedule {row['name']}?", yes=yes)
        with database.write() as connection:
            changed = schedules.remove(connection, row["id"])
        now = _again(database, settings, row)
    _say(now, changed=changed, as_json=as_json)


def _fire(database: Database, settings: Settings, row: ScheduleRow) -> str:
    reading = _read(database, settings, row)
    for _ in range(_MOST_RACES):
        try:
            with database.write() as connection:
                moment = FiringContext(schedules_now(settings, connection), account_terms(settings))
                return str(fire_by_hand(connection, row["id"], reading, moment)["run_id"])
        except Overtaken:
            continue
        except MonthSpent as error:
            raise StoppedAtLimit(str(error)) from None
    raise CommandFailed("other commands keep making runs of the same input; try again")


def _read(database: Database, settings: Settings, row: ScheduleRow) -> Reading:
    path = Path(row["file"])
    return read_version(database, spec_reader(settings)(row["account"], path, row["given"]), path, row["id"])


def _again(database: Database, settings: Settings, row: ScheduleRow) -> ScheduleRow:
    with database.read() as connection:
        return schedules.find(connection, settings.account, row["id"])


def _say(now: ScheduleRow, *, changed: bool, as_json: bool) -> None:
    going = now["state"] == ScheduleState.ACTIVE
    if as_json:
        facts = {"schedule": now["name"], "state": now["state"], "changed": changed, "reason": now["reason"]}
        click.echo(json.dumps({**facts, "next": utc_text(now["next_at"]) if going else None}))
        return
    again = "" if changed else " already"
    next_ = f"; next {now['next_wall']} {now['zone']}" if going else ""
    click.echo(f"schedule {now['name']} is {now['state']}{again}{next_}")
