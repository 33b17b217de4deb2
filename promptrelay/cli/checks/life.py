"""The processes: whether what waits is served, what they wait for, and whether they match."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from promptrelay.books.signs import Sign, SignKind, signs
from promptrelay.cli.calendar import schedules_now
from promptrelay.cli.checks.finding import Finding, fail, ok, warn
from promptrelay.cli.checks.opened_database import looked_at
from promptrelay.database.errors import DatabaseError
from promptrelay.database.heartbeats import LivingProcess, living
from promptrelay.database.upgrade import check_version

_DOUBTFUL = (SignKind.VERSIONS, SignKind.CLOCKS)
_NAME = "processes"


def check_life(settings: Settings) -> list[Finding]:
    """What the heartbeats say; nothing of a database that cannot be read, which is a line of its own."""
    try:
        with looked_at(settings) as database:
            if database is None:
                return [ok(_NAME, "none, and nothing waits for one")]
            check_version(database)
            with database.read() as connection:
                there = living(connection)
                found = signs(connection, schedules_now(settings, connection))
    except (SQLAlchemyError, DatabaseError):
        return []
    return [_finding(sign) for sign in found] or [ok(_NAME, _who(there))]


def _finding(sign: Sign) -> Finding:
    kind = warn if sign.kind in _DOUBTFUL else fail
    return kind(_NAME, sign.what, sign.cure)


def _who(there: Sequence[LivingProcess]) -> str:
    if not there:
        return "none is there, and nothing waits for one"
    hosts = len({process.host for process in there})
    dispatchers = sum(process.role == "dispatcher" for process in there)
    return (
        f"{dispatchers} dispatcher(s) and {len(there) - dispatchers} worker(s)"
        f" on {hosts} host(s); what waits is served"
    )
