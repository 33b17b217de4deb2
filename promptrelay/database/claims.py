"""Claims due jobs for sending, under a lease that belongs to `claimed` alone (P4)."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import jobs, runs
from promptrelay.domain.states import JobState, RunState


def end_stale_leases(connection: sa.Connection, *, every: bool = False) -> int:
    """Let claimed jobs whose lease has ended become due again; `every`: all, because the queue is gone."""
    ended = [jobs.c.state == JobState.CLAIMED]
    if not every:
        ended.append(jobs.c.lease_until <= now())
    ids = lock_in_order(connection, jobs, *ended)
    if not ids:
        return 0
    statement = sa.update(jobs).where(jobs.c.id.in_(ids)).values(state=JobState.QUEUED, lease_until=None)
    return connection.execute(statement).rowcount


def claimed(connection: sa.Connection) -> dict[tuple[str, str], int]:
    """How many jobs are on their way to a worker or in a call, by platform and method."""
    states = (JobState.CLAIMED,)
    statement = (
        sa.select(jobs.c.platform, jobs.c.method, sa.func.count())
        .where(jobs.c.state.in_(states))
        .group_by(jobs.c.platform, jobs.c.method)
    )
    return {(platform, method): count for platform, method, count in connection.execute(statement)}


def claim(
    connection: sa.Connection, run_id: str, platform: str, method: str, *, most: int, lease_s: float
) -> list[str]:
    """Claim up to `most` due jobs of a running run, in the order of its input."""
    turn = (
        sa.select(jobs.c.id)
        .where(
            jobs.c.run_id == run_id,
            jobs.c.platform == platform,
            jobs.c.method == method,
            jobs.c.state == JobState.QUEUED,
            jobs.c.due_at <= now(),
            sa.exists().where(runs.c.id == run_id, runs.c.state == RunState.RUNNING),
        )
        .order_by(jobs.c.position)
        .limit(most)
    )
    # Whoever skips what others hold waits for nobody, in whatever order it takes.
    taken = list(connection.execute(turn.with_for_update(skip_locked=True)).scalars())
    if taken:
        connection.execute(
            sa.update(jobs)
            .where(jobs.c.id.in_(taken))
            .values(state=JobState.CLAIMED, lease_until=now() + lease_s)
        )
    return taken


def give_back(connection: sa.Connection, job_ids: Sequence[str], *, wait_s: float) -> int:
    """Let claimed jobs become due again after a wait."""
    held = lock_in_order(connection, jobs, jobs.c.id.in_(job_ids), jobs.c.state == JobState.CLAIMED)
    statement = (
        sa.update(jobs)
        .where(jobs.c.id.in_(held))
        .values(state=JobState.QUEUED, lease_until=None, due_at=now() + wait_s)
    )
    return connection.execute(statement).rowcount
