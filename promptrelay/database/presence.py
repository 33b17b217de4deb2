"""Asks whether there is any such row, by the first one that an index names."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa


def any_row(
    table: sa.Table, *conditions: sa.ColumnElement[bool], by: Sequence[sa.Column[Any]] = ()
) -> sa.ColumnElement[bool]:
    """Whether a row of the table meets the conditions, looked up for each row of the query around it.

    PostgreSQL turns EXISTS into a join when it thinks that cheaper, and then reads the whole table. An order
    that only the right index has, `by` its next columns, keeps both databases from another way to a row of
    which they expect many.
    """
    return _first(table, *conditions, by=by).is_not(None)


def no_row(
    table: sa.Table, *conditions: sa.ColumnElement[bool], by: Sequence[sa.Column[Any]] = ()
) -> sa.ColumnElement[bool]:
    """Whether no row of the table meets them."""
    return _first(table, *conditions, by=by).is_(None)


def _first(
    table: sa.Table, *conditions: sa.ColumnElement[bool], by: Sequence[sa.Column[Any]] = ()
) -> sa.ScalarSelect[Any]:
    first: sa.Select[Any] = sa.select(sa.literal_column("1")).select_from(table).where(*conditions).limit(1)
    return first.order_by(*by).correlate_except(table).scalar_subquery()
