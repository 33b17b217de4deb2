"""Notices that somebody committed something, at the price of reading one number."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from promptrelay.database.database import Database

_SQLITE = "PRAGMA data_version"
_POSTGRESQL = "SELECT txid_snapshot_xmax(txid_current_snapshot())"


class Changes:
    """A number that is another one after a commit of any other connection, in whatever process."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._kept: sa.PoolProxiedConnection | None = None

    def latest(self) -> int | None:
        """The number now; None while the database cannot say it."""
        try:
            return self._of_sqlite() if self._database.is_sqlite else self._of_postgresql()
        except (SQLAlchemyError, sqlite3.Error):
            self.close()
            return None

    def close(self) -> None:
        """Give the connection back."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def _of_postgresql(self) -> int:
        with self._database.read() as connection:
            return int(connection.exec_driver_sql(_POSTGRESQL).scalar_one())

    def _of_sqlite(self) -> int:
        # Only what the same connection said before can be compared with it.
        if self._kept is None:
            self._kept = self._database.engine.raw_connection()
        cursor = self._kept.cursor()
        cursor.execute(_SQLITE)
        (found,) = cursor.fetchone() or (0,)
        return int(found)
