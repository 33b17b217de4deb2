"""What became of paid calls without a reply, in numbers that a dashboard can follow (P15)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, ledger, provider_tasks
from promptrelay.domain.money import Usd
from promptrelay.domain.states import AttemptState

WATCHED_S = 72 * 3600.0
"""How long an attempt that was written off may still turn up (P12)."""
MAX_SHOWN = 100
_COUNTED = (AttemptState.UNKNOWN, AttemptState.ABSENT, AttemptState.LOST, AttemptState.LATE)
_WATCHED = (AttemptState.ABSENT, AttemptState.LOST, AttemptState.LATE, AttemptState.OVERDUE)


def counters(database: Database, run_id: str | None = None) -> dict[str, Any]:
    """The counters of a run or of all, from one state of the database; `waste` in USD as decimal text.

    `late_twins` counts answers paid for beside the one that counts, and those still out; `second_tasks`
    the provider's tasks that came of one sending of ours.
    """
    with database.read() as connection:
        return counted(connection, run_id)


def counted(connection: sa.Connection, run_id: str | None) -> dict[str, Any]:
    """The same, in a transaction that is open already."""
    of_run = [] if run_id is None else [attempts.c.run_id == run_id]
    states = (
        sa.select(attempts.c.state, sa.func.count())
        .where(attempts.c.state.in_(_COUNTED), *of_run)
        .group_by(attempts.c.state)
    )
    by_state = {state: int(count) for state, count in connection.execute(states)}
    wasted = sa.select(sa.func.count()).where(attempts.c.waste, *of_run)
    second = (
        sa.select(sa.func.count())
        .select_from(provider_tasks)
        .join(attempts, attempts.c.id == provider_tasks.c.attempt_id)
        .where(provider_tasks.c.second, *of_run)
    )
    waste = sa.select(sa.func.coalesce(sa.func.sum(ledger.c.waste_nanos), 0))
    if run_id is not None:
        waste = waste.where(ledger.c.run_id == run_id)
    late = by_state.get(AttemptState.LATE, 0)
    return {
        "unknown": by_state.get(AttemptState.UNKNOWN, 0),
        "absent": by_state.get(AttemptState.ABSENT, 0),
        "lost": by_state.get(AttemptState.LOST, 0),
        "late": late,
        "late_twins": late + int(connection.execute(wasted).scalar_one()),
        "second_tasks": int(connection.execute(second).scalar_one()),
        "waste": str(Usd(int(connection.execute(waste).scalar_one()))),
    }


def watched(connection: sa.Connection, run_id: str) -> list[dict[str, Any]]:
    """The run's absent, lost, late and given up attempts that may still turn up, the oldest first (P12)."""
    statement = (
        sa.select(attempts.c.id, attempts.c.job_id, attempts.c.state, now() - attempts.c.created_at)
        .where(
            attempts.c.run_id == run_id,
            attempts.c.state.in_(_WATCHED),
            attempts.c.created_at > now() - WATCHED_S,
        )
        .order_by(attempts.c.id)
        .limit(MAX_SHOWN)
    )
    return [
        {"attempt": attempt, "job": job, "state": state, "age_s": round(float(age), 1)}
        for attempt, job, state, age in connection.execute(statement)
    ]
