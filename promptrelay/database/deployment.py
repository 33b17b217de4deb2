"""The name that marks everything this database ever sends, and the provider accounts it sends for."""

from __future__ import annotations

import secrets
import string

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import NO_CAP_NANOS, accounts, deployment
from promptrelay.database.upsert import insert_into
from promptrelay.domain.money import Usd

_NAME_CHARS = string.ascii_lowercase + string.digits
_NAME_LENGTH = 8


def ensure(connection: sa.Connection) -> str:
    """The deployment's name (P6); the first call of a database draws it. Needs a writing transaction."""
    found = _name(connection)
    if found:
        return found
    if connection.dialect.name == "postgresql":
        # Two that start at once would each draw a name, and the tags of one would be strangers for ever.
        connection.execute(sa.text("LOCK TABLE deployment IN SHARE ROW EXCLUSIVE MODE"))
        found = _name(connection)
        if found:
            return found
    drawn = "".join(secrets.choice(_NAME_CHARS) for _ in range(_NAME_LENGTH))
    connection.execute(sa.insert(deployment).values(name=drawn, created_at=now()))
    return drawn


def add_account(connection: sa.Connection, name: str) -> None:
    """Make the provider account known; one that is known stays as it is."""
    connection.execute(insert_into(connection, accounts).values(name=name).on_conflict_do_nothing())


def ensure_account(
    connection: sa.Connection, name: str, *, balance_floor: Usd | None, daily_cap: Usd | None
) -> None:
    """Make the provider account known with this floor and daily cap; None is no floor, no cap (P22)."""
    limits = {
        "balance_floor_nanos": -NO_CAP_NANOS if balance_floor is None else balance_floor.nanos,
        "daily_cap_nanos": NO_CAP_NANOS if daily_cap is None else daily_cap.nanos,
    }
    statement = insert_into(connection, accounts).values(name=name, **limits)
    connection.execute(statement.on_conflict_do_update(index_elements=["name"], set_=limits))


def _name(connection: sa.Connection) -> str | None:
    statement = sa.select(deployment.c.name).order_by(deployment.c.created_at, deployment.c.name).limit(1)
    return connection.execute(statement).scalar_one_or_none()
