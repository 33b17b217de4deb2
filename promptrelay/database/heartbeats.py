"""The signs of life that processes leave in SQL, by the database's clock."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from promptrelay.database.clock import database_time, now
from promptrelay.database.heartbeat_schema import heartbeats

BEAT_EVERY_S = 10.0
SILENT_AFTER_S = 35.0
"""Three beats and a slow one: a process that was not seen for so long is taken for dead."""
_KEPT_S = 3600.0
_LISTS = ("queues", "waits_for")


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One start of one process of ours, as it says so itself; `queues` is empty unless it is a worker."""

    id: str
    role: str
    host: str
    pid: int
    account: str
    version: str
    queues: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LivingProcess(Process):
    """A process that was seen within `SILENT_AFTER_S`; times by the database's clock."""

    started_at: float
    seen_at: float
    ahead_s: float
    """By how much its host's wall clock is ahead of the database's."""
    waits_for: tuple[str, ...]
    """What it waits for and why, as `Redis: …`."""


def beat(
    connection: sa.Connection, process: Process, *, wall_clock: Callable[[], float], waits_for: Sequence[str]
) -> None:
    """Note that the process is there now. Needs a writing transaction."""
    # Read on both sides of the question, so that the way to the database counts half.
    asked = wall_clock()
    at_database = database_time(connection)
    ahead_s = (asked + wall_clock()) / 2 - at_database
    news = {"seen_at": now(), "ahead_s": round(ahead_s, 3), "waits_for": list(waits_for)}
    values = {
        "id": process.id,
        "role": process.role,
        "host": process.host,
        "pid": process.pid,
        "queues": list(process.queues),
        "account": process.account,
        "version": process.version,
        "started_at": now(),
        **news,
    }
    dialect: Any = postgresql if connection.dialect.name == "postgresql" else sqlite
    statement = dialect.insert(heartbeats).values(values)
    connection.execute(statement.on_conflict_do_update(index_elements=["id"], set_=news))


def end(connection: sa.Connection, process_id: str) -> None:
    """The process ends in good order: nobody has to wait until it is taken for dead."""
    connection.execute(sa.delete(heartbeats).where(heartbeats.c.id == process_id))


def prune(connection: sa.Connection) -> int:
    """Forget the processes that were not seen for an hour; returns how many. Needs a writing transaction."""
    return connection.execute(sa.delete(heartbeats).where(heartbeats.c.seen_at < now() - _KEPT_S)).rowcount


def living(connection: sa.Connection) -> Sequence[LivingProcess]:
    """The processes that are there now, in the order of their start."""
    statement = (
        sa.select(heartbeats)
        .where(heartbeats.c.seen_at >= now() - SILENT_AFTER_S)
        .order_by(heartbeats.c.started_at, heartbeats.c.id)
    )
    rows = connection.execute(statement).mappings()
    return [LivingProcess(**{**row, **{name: tuple(row[name]) for name in _LISTS}}) for row in rows]
