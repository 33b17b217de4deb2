"""SQLite files that have this program's tables already: copies of one that was migrated."""

from __future__ import annotations

import tempfile
from functools import lru_cache
from pathlib import Path

from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock


def sqlite_with_tables(path: Path) -> str:
    """The address of that file, made with the tables and nothing in them."""
    path.write_bytes(_migrated())
    return sqlite_url(path)


@lru_cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory(prefix="pr-tables-") as directory:
        path = Path(directory) / "tables.db"
        database = Database(sqlite_url(path), SystemClock())
        upgrade(database)
        # The last connection brings everything into the one file.
        database.close()
        assert [file.name for file in path.parent.iterdir()] == [path.name]
        return path.read_bytes()
