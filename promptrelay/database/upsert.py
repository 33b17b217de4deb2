"""An INSERT that can say what happens to a row that is there already."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite


def insert_into(connection: sa.Connection, table: sa.Table) -> Any:
    """The INSERT of the connection's dialect: both spell `on_conflict_do_nothing` and `…_do_update` alike.

    Whether a row went in is told by RETURNING: SQLAlchemy 2.1 keeps no row count of it on PostgreSQL.
    """
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    return dialect.insert(table)
