"""What all tables share."""

from __future__ import annotations

import sqlalchemy as sa

metadata = sa.MetaData()

NO_CAP_NANOS = 2**62
"""No cap is a very large number, never NULL: a comparison with NULL matches nothing (P22)."""


def money(name: str, default: int = 0) -> sa.Column[int]:
    """An amount in whole nano-dollars."""
    return sa.Column(name, sa.BigInteger, nullable=False, server_default=str(default))


def partial_index(name: str, *columns: str, where: str) -> sa.Index:
    """An index of the rows that meet the condition alone.

    A query uses it only if it says the same in so many words, not as a parameter.
    """
    return sa.Index(name, *columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
