"""When the clock has something to do next, as far as rows say it."""

from __future__ import annotations

import math
from functools import cache

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.presence import any_row
from promptrelay.database.schema import attempts, fires, jobs, runs, schedules, upkeep
from promptrelay.domain.schedule import FireOutcome, ScheduleState
from promptrelay.domain.states import JobState, RunState


def is_busy(connection: sa.Connection, account: str) -> bool:
    """Whether jobs of the account wait to be sent, a run of its is being loaded, or a schedule's time waits
    for its turn."""
    return bool(connection.execute(_busy(account)).scalar_one())


@cache
def _busy(account: str) -> sa.Select[bool]:
    waiting = any_row(jobs, jobs.c.run_id == runs.c.id, jobs.c.state.in_((JobState.QUEUED, JobState.CLAIMED)))
    busy = sa.or_(
        any_row(runs, runs.c.state == RunState.RUNNING, runs.c.account == account, waiting),
        any_row(runs, runs.c.state == RunState.LOADING, runs.c.account == account),
        any_row(fires, fires.c.outcome == FireOutcome.QUEUED),
    )
    return sa.select(busy)


def next_due_s(connection: sa.Connection, account: str, *, polls: bool) -> float:
    """In how many seconds the account's next look or piece of upkeep is due; looks only if it `polls`."""
    look_at = sa.select(sa.func.min(attempts.c.due_at)).where(
        attempts.c.account == account, attempts.c.due_at.is_not(None)
    )
    # What is due already belongs to what nothing is out for any more.
    tend_at = sa.select(sa.func.min(upkeep.c.due_at)).where(upkeep.c.due_at > now())
    moments = [tend_at, look_at] if polls else [tend_at]
    row = connection.execute(sa.select(now(), *(one.scalar_subquery() for one in moments))).one()
    return min((float(at) - float(row[0]) for at in row[1:] if at is not None), default=math.inf)


def next_schedule_at(connection: sa.Connection, account: str) -> float:
    """When the next time of a schedule of the account comes, in the schedules' time."""
    active = sa.and_(schedules.c.state == ScheduleState.ACTIVE, schedules.c.account == account)
    at = connection.execute(sa.select(sa.func.min(schedules.c.due_at)).where(active)).scalar_one()
    return math.inf if at is None else float(at)
