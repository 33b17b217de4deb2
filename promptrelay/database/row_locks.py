"""Locks rows in the one order that keeps transactions from waiting for each other in a circle (P31).

Attempts before jobs, jobs before runs, runs before accounts, each by its key. PostgreSQL locks the rows of an
UPDATE in the order in which it happens to read them; SQLite has one writer and locks nothing here.
"""

from __future__ import annotations

import sqlalchemy as sa


def lock_in_order(
    connection: sa.Connection, table: sa.Table, *conditions: sa.ColumnElement[bool]
) -> list[str]:
    """The ids of the rows that meet the conditions, locked by id, until the transaction ends."""
    statement = sa.select(table.c.id).where(*conditions)
    if connection.dialect.name == "sqlite":
        # For the order it would rather read the whole table by its ids than the few rows by their index.
        return sorted(connection.execute(statement).scalars())
    return list(connection.execute(statement.order_by(table.c.id).with_for_update()).scalars())
