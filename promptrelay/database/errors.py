"""What can go wrong with the database, by what the caller should do about it."""

from __future__ import annotations


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
