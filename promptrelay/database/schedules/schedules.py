"""Schedules: finding them, changing their state, and which are due.
from promptrelay.database.upsert import insert_into

Times are the schedules' time: callers hand in what their calendar says. Lock order: schedules, fires, runs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import schedules
from promptrelay.database.upsert import insert_into
from promptrelay.domain.schedule import ScheduleState

ScheduleRow = Mapping[str, Any]

_KEPT = schedules.c.state != ScheduleState.REMOVED


def insert(connection: sa.Connection, values: dict[str, Any]) -> bool:
    """Add the schedule; False when its account has one of that name."""
    statement = insert_into(connection, schedules).values(values).on_conflict_do_nothing()
    return connection.execute(statement.returning(schedules.c.id)).first() is not None


def find(connection: sa.Connection, account: str, name: str) -> ScheduleRow | None:
    """The account's schedule of that name or id."""
    named = sa.and_(schedules.c.account == account, schedules.c.name == name, _KEPT)
    statement = sa.select(schedules).where(sa.or_(named, schedules.c.id == name.upper()))
    found = connection.execute(statement).mappings().first()
    return None if found is None else dict(found)


def by_id(connection: sa.Connection, schedule_id: str) -> ScheduleRow:
    """The schedule of that id, which must be there."""
    return _rows(connection, sa.select(schedules).where(schedules.c.id == schedule_id))[0]


def locked(connection: sa.Connection, schedule_id: str) -> ScheduleRow:
    """The schedule of that id, which must be there; nobody else fires it until the transaction ends."""
    statement = sa.select(schedules).where(schedules.c.id == schedule_id).with_for_update()
    return _rows(connection, statement)[0]


def all_of(connection: sa.Connection, account: str, *, removed: bool = False) -> list[ScheduleRow]:
    """The account's schedules by name, those that were removed only if asked for."""
    statement = sa.select(schedules).where(schedules.c.account == account)
    if not removed:
        statement = statement.where(_KEPT)
    return _rows(connection, statement.order_by(schedules.c.name, schedules.c.id))


def active(connection: sa.Connection, *, account: str | None = None) -> list[ScheduleRow]:
    """Every schedule that fires, of one account or of all."""
    statement = _of(account, sa.select(schedules).where(schedules.c.state == ScheduleState.ACTIVE))
    return _rows(connection, statement.order_by(schedules.c.id))


def stopped(connection: sa.Connection) -> list[ScheduleRow]:
    """Every schedule that is paused."""
    statement = sa.select(schedules).where(schedules.c.state == ScheduleState.PAUSED)
    return _rows(connection, statement.order_by(schedules.c.name))


def due(connection: sa.Connection, now: float, *, account: str | None = None) -> list[ScheduleRow]:
    """The schedules whose next time has come, with its jitter, the longest overdue first; of one account or
    of all."""
    statement = (
        sa.select(schedules)
        .where(schedules.c.state == ScheduleState.ACTIVE, schedules.c.due_at <= now)
        .order_by(schedules.c.due_at)
    )
    return _rows(connection, _of(account, statement))


def _of(account: str | None, statement: sa.Select[Any]) -> sa.Select[Any]:
    return statement if account is None else statement.where(schedules.c.account == account)


def move(connection: sa.Connection, row: ScheduleRow, **values: Any) -> bool:
    """Change an active schedule whose next time is still that of the row; False: another was faster (P7)."""
    statement = sa.update(schedules).where(
        schedules.c.id == row["id"],
        schedules.c.state == ScheduleState.ACTIVE,
        schedules.c.next_at == row["next_at"],
    )
    return connection.execute(statement.values(**values)).rowcount == 1


def change(
    connection: sa.Connection, schedule_id: str, *, expected: Sequence[ScheduleState], **values: Any
) -> bool:
    """Change a schedule that is in an expected state; False when it is not."""
    statement = sa.update(schedules).where(schedules.c.id == schedule_id, schedules.c.state.in_(expected))
    return connection.execute(statement.values(**values)).rowcount == 1


def _rows(connection: sa.Connection, statement: sa.Select[Any]) -> list[ScheduleRow]:
    return [dict(row) for row in connection.execute(statement).mappings()]
