"""The times of schedules that have come, and what became of each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import fires, runs, schedules
from promptrelay.domain.schedule import FireOutcome, ScheduleState
from promptrelay.domain.states import RunState

FireRow = Mapping[str, Any]

GOING = (RunState.LOADING, RunState.RUNNING, RunState.PAUSED)
"""Such a run is waited for; one that is stopped at its cap sends nothing until somebody raises it."""


FIRES_QUEUED = (ScheduleState.ACTIVE, ScheduleState.ENDED)
"""A schedule in one of these starts the runs of times that wait."""


def insert(connection: sa.Connection, row: dict[str, Any]) -> None:
    """Write what became of a time. Raises IntegrityError when it has come before."""
    connection.execute(sa.insert(fires).values(**row))


def has_come(connection: sa.Connection, schedule_id: str, fire_at: float) -> bool:
    """Whether that time is there already."""
    same = sa.and_(fires.c.schedule_id == schedule_id, fires.c.fire_at == fire_at)
    return connection.execute(sa.select(fires.c.fire_at).where(same)).first() is not None


def take_queued(connection: sa.Connection, row: FireRow, **values: Any) -> bool:
    """Change a time that waits; False when it waits no more (P7)."""
    statement = sa.update(fires).where(_key(row), fires.c.outcome == FireOutcome.QUEUED)
    return connection.execute(statement.values(**values)).rowcount == 1


def loading(connection: sa.Connection, account: str) -> list[str]:
    """The runs of the account's schedules that are being loaded, whoever began it, the oldest first."""
    statement = (
        sa.select(runs.c.id)
        .join(fires, fires.c.run_id == runs.c.id)
        .where(runs.c.state == RunState.LOADING, runs.c.account == account)
        .order_by(runs.c.id)
    )
    return list(connection.execute(statement).scalars())


def is_scheduled(connection: sa.Connection, run_id: str) -> bool:
    """Whether the run is a schedule's, so that dispatchers load it."""
    return connection.execute(sa.select(fires.c.run_id).where(fires.c.run_id == run_id)).first() is not None


def queued(connection: sa.Connection, account: str) -> list[FireRow]:
    """The oldest waiting time of each of the account's schedules that is neither paused nor removed."""
    oldest = (
        sa.select(fires.c.schedule_id, sa.func.min(fires.c.fire_at).label("fire_at"))
        .join(schedules, schedules.c.id == fires.c.schedule_id)
        .where(
            fires.c.outcome == FireOutcome.QUEUED,
            schedules.c.state.in_(FIRES_QUEUED),
            schedules.c.account == account,
        )
        .group_by(fires.c.schedule_id)
        .subquery()
    )
    same = sa.and_(fires.c.schedule_id == oldest.c.schedule_id, fires.c.fire_at == oldest.c.fire_at)
    return _rows(connection, sa.select(fires).join(oldest, same))


def count_queued(connection: sa.Connection, schedule_id: str) -> int:
    """How many times of the schedule wait."""
    waiting = sa.and_(fires.c.schedule_id == schedule_id, fires.c.outcome == FireOutcome.QUEUED)
    return connection.execute(sa.select(sa.func.count()).select_from(fires).where(waiting)).scalar_one()


def drop_queued(connection: sa.Connection, schedule_id: str, reason: str) -> None:
    """Leave out every time that waits."""
    statement = sa.update(fires).where(
        fires.c.schedule_id == schedule_id, fires.c.outcome == FireOutcome.QUEUED
    )
    connection.execute(statement.values(outcome=FireOutcome.SKIPPED, reason=reason))


def going(connection: sa.Connection, schedule_id: str) -> str | None:
    """The newest run of the schedule that is not over."""
    statement = (
        sa.select(runs.c.id)
        .join(fires, fires.c.run_id == runs.c.id)
        .where(fires.c.schedule_id == schedule_id, runs.c.state.in_(GOING))
        .order_by(runs.c.id.desc())
        .limit(1)
    )
    return connection.execute(statement).scalar_one_or_none()


def month(connection: sa.Connection, schedule_id: str, name: str, *, lock: bool) -> list[FireRow]:
    """The runs of a month with their money and caps and what they were expected to cost."""
    those = sa.and_(fires.c.schedule_id == schedule_id, fires.c.month == name, fires.c.run_id.is_not(None))
    if lock:
        ids = connection.execute(sa.select(fires.c.run_id).where(those)).scalars().all()
        lock_in_order(connection, runs, runs.c.id.in_(ids))
    columns = (runs.c.id, runs.c.state, runs.c.spent_nanos, runs.c.reserved_nanos, runs.c.max_cost_nanos)
    statement = sa.select(*columns, fires.c.p90_nanos).join(fires, fires.c.run_id == runs.c.id).where(those)
    return _rows(connection, statement.order_by(runs.c.id))


def last_version(connection: sa.Connection, schedule_id: str) -> str | None:
    """The campaign's version in the schedule's newest run."""
    statement = (
        sa.select(fires.c.version_id)
        .where(fires.c.schedule_id == schedule_id, fires.c.run_id.is_not(None))
        .order_by(fires.c.run_id.desc())
        .limit(1)
    )
    return connection.execute(statement).scalar_one_or_none()


def history(connection: sa.Connection, schedule_id: str, most: int) -> list[FireRow]:
    """The newest times of the schedule with the state and money of their runs, newest first."""
    statement = (
        sa.select(fires, runs.c.state.label("run_state"), runs.c.spent_nanos, runs.c.max_cost_nanos)
        .join(runs, runs.c.id == fires.c.run_id, isouter=True)
        .where(fires.c.schedule_id == schedule_id)
        .order_by(fires.c.fire_at.desc())
        .limit(most)
    )
    return _rows(connection, statement)


def of_runs(connection: sa.Connection, run_ids: Sequence[str]) -> dict[str, FireRow]:
    """The time that each of these runs was made for, with the schedule's name, by run."""
    statement = (
        sa.select(fires, schedules.c.name.label("schedule"))
        .join(schedules, schedules.c.id == fires.c.schedule_id)
        .where(fires.c.run_id.in_(run_ids))
    )
    return {row["run_id"]: row for row in _rows(connection, statement)}


def _key(row: FireRow) -> sa.ColumnElement[bool]:
    return sa.and_(fires.c.schedule_id == row["schedule_id"], fires.c.fire_at == row["fire_at"])


def _rows(connection: sa.Connection, statement: sa.Select[Any]) -> list[FireRow]:
    return [dict(row) for row in connection.execute(statement).mappings()]
