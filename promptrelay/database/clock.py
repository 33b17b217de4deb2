"""`now()`: the only clock of SQL, on every database (P27)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from promptrelay.domain.clock import CarriedTime, Clock


class now(FunctionElement[float]):  # noqa: N801 - it reads as the SQL function that it is
    """The database's time in seconds since the epoch."""

    type = sa.Float()
    inherit_cache = True


@compiles(now, "sqlite")
def _sqlite(_element: now, _compiler: Any, **_: Any) -> str:
    return "promptrelay_now()"


@compiles(now, "postgresql")
def _postgresql(_element: now, _compiler: Any, **_: Any) -> str:
    return "extract(epoch from clock_timestamp())::float8"


def database_time(connection: sa.Connection) -> float:
    """The database's time, read once."""
    return float(connection.execute(sa.select(now())).scalar_one())


def carried_time(connection: sa.Connection, clock: Clock) -> CarriedTime:
    """The database's time, to be carried on from here by the caller's clock."""
    boot_s = clock.boottime()  # Before the query: what it guards may seem older, never younger.
    return CarriedTime(database_time(connection), boot_s)
