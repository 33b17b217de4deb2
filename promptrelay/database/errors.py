"""What can go wrong with the database, by what the caller should do about it."""

from __future__ import annotations

from sqlalchemy.exc import InterfaceError, InternalError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree


class DatabaseError(Exception):
    """The database cannot be used as it is."""


class DatabaseBehind(DatabaseError):
    """The database went back in time: paid calls were made that it does not know. Nothing may be sent."""

    def __init__(self, highest: int) -> None:
        super().__init__(f"a paid call numbered {highest} was made")
        self.highest = highest


class DatabaseUrlWrong(DatabaseError):
    """The database URL names nothing we can open; the message never repeats it: it may hold a password."""


class DatabaseRefuses(DatabaseError):
    """The database server is there and does not let us in: waiting would not change that."""


class DatabaseUnfit(DatabaseError):
    """The database cannot hold what we write: another one has to be made."""


class SchemaOutOfDate(DatabaseError):
    """The database has another version than this program: run `promptrelay db upgrade`."""


class SchemaNewer(SchemaOutOfDate):
    """The database was made by a newer program than this: install that one."""


AWAY = (OperationalError, InterfaceError, InternalError, NoConnectionFree)
"""The database is away: not to be reached, the connection cut, none free, or it takes no writes now.

The last is what a demoted primary says, which the driver calls internal; `Database` adds every other kind of
cut connection. Whoever holds evidence waits for it, everybody else gives up for now. IntegrityError,
ProgrammingError and DataError are none of these: the same statement would fail again.
"""
