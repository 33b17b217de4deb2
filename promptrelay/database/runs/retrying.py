"""Makes failed jobs due again, which is a new payment: first what it would mean, then the change."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, jobs, ledger, runs
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.states import WATCHED_ATTEMPT, JobState, Reason, RunState

ON_DEMAND = (Reason.OVERDUE, Reason.LOST_LIVE)
"""Their first payment may still be answered, so they are retried only when they are named."""
_AT_ONCE = 5_000
RETRYABLE_RUN = (RunState.RUNNING, RunState.PAUSED, RunState.STOPPED_BUDGET, RunState.FINISHED)


@dataclass(frozen=True, slots=True)
class Failures:
    """The failed jobs of one reason, platform, method and model, and what was paid for them."""

    reason: str
    platform: str
    method: str
    model: str
    jobs: int
    awaited: int
    """Those among them with an attempt that is open, unknown or late: they are left alone."""
    paid_attempts: int = 0
    """Attempts that took money, of the jobs that are not awaited."""
    net: Usd = ZERO


def failures(connection: sa.Connection, run_id: str) -> list[Failures]:
    """Every failed job of the run, counted by reason, platform, method and model."""
    by = (_reason(), jobs.c.platform, jobs.c.method, jobs.c.model)
    failed = sa.and_(jobs.c.run_id == run_id, jobs.c.state == JobState.FAILED)
    counted = sa.select(*by, sa.func.count(), sa.func.sum(sa.case((_awaited(), 1), else_=0)))
    statement = counted.where(failed).group_by(*by).order_by(*by)
    paid = _paid(connection, run_id)
    return [
        Failures(why, name, method, model, int(count), int(awaited), *paid[why, name, method, model])
        for why, name, method, model, count, awaited in connection.execute(statement)
    ]


def retry(connection: sa.Connection, run_id: str, reasons: Collection[str], *, most: int = _AT_ONCE) -> int:
    """Make a slice of the run's failed jobs of these reasons due again, their tries anew; how many that were.

    A finished run goes on. Jobs with an attempt that may still be answered are not touched. 0 and no change
    when none is left or the run is in another state. Locks jobs, then the run (P31).
    """
    going = sa.exists().where(runs.c.id == run_id, runs.c.state.in_(RETRYABLE_RUN), runs.c.purge_at.is_(None))
    failed = sa.and_(
        jobs.c.run_id == run_id,
        jobs.c.state == JobState.FAILED,
        _reason().in_(list(reasons)),
        ~_awaited(),
        going,
    )
    chosen = sa.select(jobs.c.id).where(failed).limit(most)
    ids = lock_in_order(connection, jobs, jobs.c.id.in_(chosen))
    # P7: asked once more, now that nobody else can change these jobs.
    statement = (
        sa.update(jobs)
        .where(jobs.c.id.in_(ids), failed)
        .values(state=JobState.QUEUED, due_at=now(), tries=0, reason=None, status_code=None, deaths=0)
    )
    changed = connection.execute(statement).rowcount if ids else 0
    if changed:
        _reopen(connection, run_id)
    return changed


def _reopen(connection: sa.Connection, run_id: str) -> None:
    # Also a run that goes on is written, so that whoever is about to finish it waits and looks again.
    finished = runs.c.state == RunState.FINISHED
    connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id)
        .values(
            state=sa.case((finished, RunState.RUNNING.value), else_=runs.c.state),
            finished_at=None,
            manifest=None,
        )
    )


def _awaited() -> sa.ColumnElement[bool]:
    # By another name, so that it means all attempts of the job also where attempts are read.
    other = attempts.alias("awaited")
    return sa.exists().where(other.c.job_id == jobs.c.id, other.c.state.in_(WATCHED_ATTEMPT))


def _reason() -> sa.ColumnElement[str]:
    return sa.func.coalesce(jobs.c.reason, Reason.FAILED.value)


def _paid(connection: sa.Connection, run_id: str) -> dict[tuple[str, ...], tuple[int, Usd]]:
    """Attempts that cost something, and their net, of failed jobs that nothing is awaited for."""
    by = (_reason().label("reason"), jobs.c.platform, jobs.c.method, jobs.c.model)
    per_attempt = (
        sa.select(*by, sa.func.sum(ledger.c.provider_nanos).label("moved"))
        .select_from(ledger)
        .join(attempts, attempts.c.id == ledger.c.attempt_id)
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .where(ledger.c.run_id == run_id, jobs.c.state == JobState.FAILED, ~_awaited())
        .group_by(ledger.c.attempt_id, *by)
        .subquery()
    )
    kind = tuple(per_attempt.c[name] for name in ("reason", "platform", "method", "model"))
    statement = (
        sa.select(*kind, sa.func.count(), sa.func.sum(per_attempt.c.moved))
        .where(per_attempt.c.moved != 0)
        .group_by(*kind)
    )
    found = {
        tuple(kind): (int(count), Usd(-int(moved))) for *kind, count, moved in connection.execute(statement)
    }
    return defaultdict(lambda: (0, ZERO), found)
