"""Lets a process wait until its database is there with its tables, and says what it waits for.

A fresh stack starts everything at once: the server may still be starting, and the tables are being made by
`promptrelay migrate`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from promptrelay.database.database import Database
from promptrelay.database.errors import AWAY, DatabaseRefuses, SchemaNewer, SchemaOutOfDate
from promptrelay.database.upgrade import check_version
from promptrelay.domain.waits import Saying

log = logging.getLogger(__name__)

TRY_EVERY_S = 1.0
# A driver's connection errors carry no SQLSTATE, only the server's words.
_REFUSALS = (
    "authentication failed",
    "no password supplied",
    "does not exist",
    "no pg_hba.conf entry",
    "permission denied for database",
    "is not permitted to log in",
)

"""Not there, starting, ending, or read-only for now."""
_NOT_MADE = "there are no tables yet: `promptrelay migrate` makes them"

Opened = TypeVar("Opened")


def when_open(
    database: Database,
    first: Callable[[sa.Connection], Opened],
    *,
    pause: Callable[[float], object] = time.sleep,
) -> Opened:
    """What `first` returns, in the first writing transaction that the database and its tables allow.

    Until then it waits, and says what for: at once, when that changes, and every minute. Raises what waiting
    would not help against: SchemaNewer, DatabaseRefuses, DatabaseUnfit.
    """

    def attempt() -> Opened:
        if not _is_made(database):
            raise _NotYet(_NOT_MADE)
        try:
            check_version(database)
        except SchemaNewer:
            raise
        except SchemaOutOfDate as error:
            raise _NotYet(str(error)) from None
        with database.write() as connection:
            return first(connection)

    return when_reachable(attempt, pause=pause)


def when_reachable(attempt: Callable[[], Opened], *, pause: Callable[[float], object] = time.sleep) -> Opened:
    """What `attempt` returns, called again while the database is away. Waits and raises as `when_open`."""
    saying = Saying()
    while True:
        try:
            found = attempt()
        except _NotYet as error:
            why = str(error)
        except AWAY as error:
            why = _words(error)
        else:
            if saying.ends():
                log.info("database.met")
            return found
        if saying.is_due(why):
            log.warning("database.awaited", extra={"why": why})
        pause(TRY_EVERY_S)


class _NotYet(Exception):
    """The database is there, its tables are not."""


def _is_made(database: Database) -> bool:
    """Whether an embedded database has its file: connecting would make an empty one."""
    name = database.url.database
    return not database.is_sqlite or name in (None, "", ":memory:") or Path(str(name)).exists()


def _words(error: Exception) -> str:
    """The server's words in one line, which hold no password. Raises DatabaseRefuses."""
    if not isinstance(error, DBAPIError):
        return "no connection of ours is free"
    lines = str(error.orig).splitlines()
    said = lines[0].strip() if lines else type(error.orig).__name__
    if not error.connection_invalidated and any(words in said for words in _REFUSALS) and "FATAL" in said:
        raise DatabaseRefuses(
            f"the database refuses us ({said.rpartition('FATAL:')[2].strip()}):"
            " correct PROMPTRELAY_DATABASE_URL, or let us in"
        ) from None
    return said
