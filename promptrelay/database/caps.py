"""When a run stops at a cap: nothing of it is open and its next job does not fit (P22)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.database.sending import Reservation
from promptrelay.domain.platform import Method
from promptrelay.domain.states import WATCHED_ATTEMPT, JobState, RunState


@dataclass(frozen=True, slots=True)
class Reservations:
    """What one more job of each method would set aside."""

    standard: Reservation
    live: Reservation


def stop_at_caps(connection: sa.Connection, reservations: Reservations) -> list[str]:
    """Stop the running runs that have queued jobs of which not one fits."""
    open_attempts = sa.exists().where(attempts.c.run_id == runs.c.id, attempts.c.state.in_(WATCHED_ATTEMPT))
    stuck = sa.and_(runs.c.state == RunState.RUNNING, _left(), ~open_attempts, ~_fits(reservations))
    candidates = lock_in_order(connection, runs, stuck)
    if not candidates:
        return []
    statement = (
        sa.update(runs)
        .where(runs.c.id.in_(candidates), stuck)
        .values(state=RunState.STOPPED_BUDGET, reason="the next job does not fit under the run's caps")
        .returning(runs.c.id)
    )
    return list(connection.execute(statement).scalars())


def has_room(connection: sa.Connection, run_id: str, reservations: Reservations) -> bool:
    """Whether one more of the run's queued jobs fits under its caps, or none is queued."""
    statement = sa.select(runs.c.id).where(runs.c.id == run_id, sa.or_(~_left(), _fits(reservations)))
    return connection.execute(statement).first() is not None


def next_reservation(connection: sa.Connection, run_id: str, reservations: Reservations) -> Reservation:
    """What the run's next job would set aside: a Standard one if any is left."""
    statement = sa.select(runs.c.id).where(runs.c.id == run_id, _left(Method.STANDARD))
    return reservations.standard if connection.execute(statement).first() else reservations.live


def _fits(reservations: Reservations) -> sa.ColumnElement[bool]:
    standard = sa.and_(_left(Method.STANDARD), _has_room_for(reservations.standard))
    return sa.or_(standard, sa.and_(_left(Method.LIVE), _has_room_for(reservations.live)))


def _left(method: Method | None = None) -> sa.ColumnElement[bool]:
    waiting = sa.and_(jobs.c.run_id == runs.c.id, jobs.c.state.in_((JobState.QUEUED, JobState.CLAIMED)))
    return sa.exists().where(waiting if method is None else sa.and_(waiting, jobs.c.method == method))


def _has_room_for(one: Reservation) -> sa.ColumnElement[bool]:
    return sa.and_(
        runs.c.spent_nanos + runs.c.reserved_nanos + one.cost.nanos <= runs.c.max_cost_nanos,
        runs.c.float_nanos + one.cash_out.nanos <= runs.c.max_float_nanos,
    )
