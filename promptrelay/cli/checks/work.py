"""What stands still whether or not the stack runs: paused accounts, schedules and runs."""

from __future__ import annotations

from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from promptrelay.cli.checks.finding import Finding, ok, warn
from promptrelay.cli.checks.opened_database import looked_at
from promptrelay.database.accounts import accounts
from promptrelay.database.errors import DatabaseError
from promptrelay.database.runs import runs
from promptrelay.database.schedules import schedules
from promptrelay.domain.states import RunState

_STANDING = {
    RunState.PAUSED: "`promptrelay resume` or the same command again lets it go on",
    RunState.STOPPED_BUDGET: "the same command with a higher --max-cost or --max-float lets it go on",
}


def check_work(settings: Settings) -> list[Finding]:
    """What waits for somebody: accounts, schedules and runs; nothing of a database that cannot be read."""
    try:
        with looked_at(settings) as database:
            if database is None:
                return [ok("work", "none yet")]
            with database.read() as connection:
                standings, unfinished = accounts.standings(connection), runs.unfinished(connection)
                stopped = schedules.stopped(connection)
    except (SQLAlchemyError, DatabaseError):
        return []
    found = [
        warn("account", *(standing.note or "").rsplit("; ", 1)) for standing in standings if standing.cause
    ]
    found += [
        warn(
            "schedule",
            f"{row['name']} is paused: {row['reason']}",
            f"`promptrelay schedule resume {row['name']}` lets it fire again",
        )
        for row in stopped
    ]
    unfinished = [run for run in unfinished if not run["witness"]]
    for run in unfinished:
        cure = _STANDING.get(RunState(run["state"]))
        if cure is not None:
            state = str(run["state"]).replace("_", " ")
            found.append(
                warn("run", f"{run['campaign']} {run['id']} is {state}: {run['reason'] or ''}", cure)
            )
    return found or [ok("work", f"{len(unfinished)} unfinished runs, none is paused or stopped")]
