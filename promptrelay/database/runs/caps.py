"""When a run stops at a cap: nothing of it is open and its next job does not fit (P22)."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.attempts.permission import Reservation
from promptrelay.database.clock import now
from promptrelay.database.presence import any_row, no_row
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import WATCHED_ATTEMPT, JobState, RunState


def stop_at_caps(connection: sa.Connection) -> list[str]:
    """Stop the running runs that have queued jobs of which not one fits."""
    candidates = lock_in_order(connection, runs, stuck())
    if not candidates:
        return []
    statement = (
        sa.update(runs)
        .where(runs.c.id.in_(candidates), stuck())
        .values(state=RunState.STOPPED_BUDGET, reason="the next job does not fit under the run's caps")
        .returning(runs.c.id)
    )
    return list(connection.execute(statement).scalars())


def stuck() -> sa.ColumnElement[bool]:
    """Whether a running run has queued jobs of which not one fits, and nothing open that may make room."""
    nothing_open = no_row(attempts, attempts.c.run_id == runs.c.id, attempts.c.state.in_(WATCHED_ATTEMPT))
    return sa.and_(runs.c.state == RunState.RUNNING, nothing_open, _left(), ~_fits())


def has_room(connection: sa.Connection, run_id: str) -> bool:
    """Whether one more of the run's queued jobs fits under its caps, or none is queued."""
    statement = sa.select(runs.c.id).where(runs.c.id == run_id, sa.or_(~_left(), _fits()))
    return connection.execute(statement).first() is not None


def is_sending(connection: sa.Connection, account: str, *, within_s: float) -> bool:
    """Whether a Standard job of the account is on its way, or is due so soon and fits under its caps."""
    soon = sa.and_(jobs.c.state == JobState.QUEUED, jobs.c.due_at <= now() + within_s)
    moving = sa.and_(
        jobs.c.run_id == runs.c.id,
        jobs.c.method == Method.STANDARD,
        sa.or_(jobs.c.state == JobState.CLAIMED, soon),
    )
    going = sa.and_(
        runs.c.account == account,
        runs.c.state == RunState.RUNNING,
        _has_room_for(runs.c.reserve_standard_nanos, runs.c.reserve_float_nanos),
    )
    statement = sa.select(runs.c.id).where(going, sa.exists().where(moving)).limit(1)
    return connection.execute(statement).first() is not None


def next_reservation(connection: sa.Connection, run_id: str) -> Reservation:
    """What the run's next job would set aside: a Standard one if any is left."""
    live = runs.c.reserve_live_nanos
    statement = sa.select(
        sa.case((_left(Method.STANDARD), runs.c.reserve_standard_nanos), else_=live),
        sa.case((_left(Method.STANDARD), runs.c.reserve_float_nanos), else_=live),
    ).where(runs.c.id == run_id)
    cost, cash_out = connection.execute(statement).one()
    return Reservation(Usd(cost), Usd(cash_out))


def _fits() -> sa.ColumnElement[bool]:
    """The run's own columns, of which transaction A takes its figures: both always agree."""
    live = runs.c.reserve_live_nanos
    standard = sa.and_(
        _left(Method.STANDARD), _has_room_for(runs.c.reserve_standard_nanos, runs.c.reserve_float_nanos)
    )
    return sa.or_(standard, sa.and_(_left(Method.LIVE), _has_room_for(live, live)))


def _left(method: Method | None = None) -> sa.ColumnElement[bool]:
    waiting = (jobs.c.run_id == runs.c.id, jobs.c.state.in_((JobState.QUEUED, JobState.CLAIMED)))
    if method is None:
        return any_row(jobs, *waiting)
    # By platform too: so an index names the first one.
    return any_row(jobs, *waiting, jobs.c.platform.in_(Platform), jobs.c.method == method)


def _has_room_for(cost: sa.Column[int], cash_out: sa.Column[int]) -> sa.ColumnElement[bool]:
    return sa.and_(
        runs.c.spent_nanos + runs.c.reserved_nanos + cost <= runs.c.max_cost_nanos,
        runs.c.float_nanos + cash_out <= runs.c.max_float_nanos,
    )
