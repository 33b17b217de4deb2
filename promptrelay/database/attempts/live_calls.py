"""Which Live calls may still be running at the provider (P25)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import AttemptState, JobState, RunState


def wanted_platforms(connection: sa.Connection, account: str) -> list[Platform]:
    """The platforms that a running run of the account still has Live jobs for."""

    def left(platform: Platform) -> sa.Select[Any]:
        return (
            sa.select(sa.literal(1))
            .select_from(jobs)
            .join(runs, runs.c.id == jobs.c.run_id)
            .where(
                jobs.c.state.in_((JobState.QUEUED, JobState.CLAIMED)),
                jobs.c.platform == platform,
                jobs.c.method == Method.LIVE,
                runs.c.account == account,
                runs.c.state == RunState.RUNNING,
            )
            .limit(1)
        )

    return [platform for platform in Platform if connection.execute(left(platform)).first()]


def running(
    connection: sa.Connection, account: str, *, lease_s: float
) -> dict[Platform, list[tuple[str, float]]]:
    """The account's Live attempts without a reply, younger than a lease: id and seconds left, by platform."""
    left = lease_s - (now() - attempts.c.created_at)
    statement = sa.select(attempts.c.platform, attempts.c.id, left).where(
        attempts.c.account == account,
        attempts.c.method == Method.LIVE,
        attempts.c.state.in_((AttemptState.SENDING, AttemptState.UNKNOWN)),
        attempts.c.created_at > now() - lease_s,
    )
    found: dict[Platform, list[tuple[str, float]]] = defaultdict(list)
    for platform, attempt_id, left_s in connection.execute(statement):
        found[Platform(platform)].append((attempt_id, float(left_s)))
    return found
