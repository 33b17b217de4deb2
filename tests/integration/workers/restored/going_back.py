"""Takes a database back in time, on either kind: every row as it was."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.schema import metadata

Copy = dict[str, list[dict[str, Any]]]


def copy_of(database: Database) -> Copy:
    with database.read() as connection:
        return {
            table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
            for table in metadata.sorted_tables
        }


def restore(database: Database, copy: Copy) -> None:
    with database.write() as connection:
        for table in metadata.sorted_tables:
            connection.execute(sa.delete(table))
            if copy[table.name]:
                connection.execute(sa.insert(table), copy[table.name])
