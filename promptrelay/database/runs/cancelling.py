"""Ends a run before its time: nothing new of it is sent, what was sent is still collected (P28).

Two transactions, each on one table, so that the lock order attempts, jobs, runs holds (P31): first the run,
and from then on nothing of it is claimed or sent; then its jobs. Whatever is left between them, or given
back by a transaction that still saw the run going on, is taken by the next `cancel_jobs`.
"""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.presence import any_row
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import jobs, runs
from promptrelay.domain.states import UNFINISHED_RUN, JobState, RunState

_NOT_SENT = (JobState.QUEUED, JobState.CLAIMED)
_AT_ONCE = 5_000


def cancel_run(connection: sa.Connection, run_id: str) -> bool:
    """Cancel the run if it is unfinished; False when it is over already (P7: permission)."""
    statement = (
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(UNFINISHED_RUN))
        .values(state=RunState.CANCELLED, reason=None, finished_at=now())
    )
    return connection.execute(statement).rowcount == 1


def cancel_all_jobs(database: Database, run_id: str) -> int:
    """Cancel all that is not sent of a run that is cancelled, slice by slice; how many jobs that were."""
    total = 0
    while True:
        with database.write() as connection:
            cancelled = cancel_jobs(connection, run_id)
        if not cancelled:
            return total
        total += cancelled


def has_unsent() -> sa.ColumnElement[bool]:
    """Whether a run is cancelled and has jobs left that are not sent."""
    unsent = any_row(jobs, jobs.c.run_id == runs.c.id, jobs.c.state.in_(_NOT_SENT))
    return sa.and_(runs.c.state == RunState.CANCELLED, unsent)


def cancel_jobs(connection: sa.Connection, run_id: str | None = None, *, most: int = _AT_ONCE) -> int:
    """Cancel a slice of what is not sent of a cancelled run, or of every one; how many jobs that were.

    0 when nothing is left. Repeating it changes nothing.
    """
    cancelled = sa.select(runs.c.id).where(runs.c.state == RunState.CANCELLED)
    if run_id is not None:
        cancelled = cancelled.where(runs.c.id == run_id)
    left = sa.and_(jobs.c.run_id.in_(cancelled), jobs.c.state.in_(_NOT_SENT))
    ids = lock_in_order(connection, jobs, jobs.c.id.in_(sa.select(jobs.c.id).where(left).limit(most)), left)
    if not ids:
        return 0
    statement = (
        sa.update(jobs).where(jobs.c.id.in_(ids), left).values(state=JobState.CANCELLED, lease_until=None)
    )
    return connection.execute(statement).rowcount
