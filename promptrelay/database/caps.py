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
    waiting = (JobState.QUEUED, JobState.CLAIMED)

    def left(method: Method) -> sa.ColumnElement[bool]:
        return sa.exists().where(
            jobs.c.run_id == runs.c.id, jobs.c.state.in_(waiting), jobs.c.method == method
        )

    def fits(one: Reservation) -> sa.ColumnElement[bool]:
        return sa.and_(
            runs.c.spent_nanos + runs.c.reserved_nanos + one.cost.nanos <= runs.c.max_cost_nanos,
            runs.c.float_nanos + one.cash_out.nanos <= runs.c.max_float_nanos,
        )

    standard_fits = sa.and_(left(Method.STANDARD), fits(reservations.standard))
    live_fits = sa.and_(left(Method.LIVE), fits(reservations.live))
    stuck = sa.and_(
        runs.c.state == RunState.RUNNING,
        sa.or_(left(Method.STANDARD), left(Method.LIVE)),
        ~open_attempts,
        ~standard_fits,
        ~live_fits,
    )
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
