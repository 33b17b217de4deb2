"""Which segments the answers lie in; readers never list the raw store (P18)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import sqlalchemy as sa

from promptrelay.database.clock import database_time
from promptrelay.database.schema import provider_tasks, segments
from promptrelay.database.upsert import insert_into


@dataclass(frozen=True, slots=True)
class StoredSegment:
    """One immutable object with answers of one run and platform."""

    key: str
    run_id: str
    platform: str
    answers: int
    bytes: int


def insert_segments(connection: sa.Connection, stored: Sequence[StoredSegment]) -> None:
    """Remember them; one that is known already stays as it is."""
    if stored:
        statement = insert_into(connection, segments).on_conflict_do_nothing()
        stored_at = database_time(connection)
        # By key: of two that insert the same ones, the later waits for the earlier (P31).
        rows = [{**asdict(item), "stored_at": stored_at} for item in sorted(stored, key=lambda s: s.key)]
        connection.execute(statement, rows)


def referred(connection: sa.Connection, keys: Sequence[str]) -> set[str]:
    """Those of the keys that a row refers to."""
    statement = sa.select(provider_tasks.c.segment).where(provider_tasks.c.segment.in_(keys)).distinct()
    return set(connection.execute(statement).scalars())
