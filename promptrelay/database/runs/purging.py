"""Forgets what a run asked and was answered, and keeps what it cost.

The order is safe against a crash: the run is marked first, and from then on nobody reads or merges its
answers; then its objects are deleted (by the caller, who knows the store); then its rows. Repeated, it
completes.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.presence import any_row
from promptrelay.database.schema import attempts, deliveries, jobs, provider_tasks, rows, runs, segments
from promptrelay.domain.platform import Method
from promptrelay.domain.states import WATCHED_ATTEMPT, RunState

_OVER = (RunState.FINISHED, RunState.CANCELLED)


def begin(connection: sa.Connection, run_id: str) -> bool:
    """Mark the run as being purged; False if it is not over or an attempt of it may still be answered."""
    statement = (
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(_OVER), ~_watched())
        .values(purge_at=sa.func.coalesce(runs.c.purge_at, now()), purged_at=None)
    )
    return connection.execute(statement).rowcount == 1


def watched(connection: sa.Connection, run_id: str) -> int:
    """How many attempts of the run are open, unknown or late."""
    statement = (
        sa.select(sa.func.count())
        .select_from(attempts)
        .where(attempts.c.run_id == run_id, attempts.c.state.in_(WATCHED_ATTEMPT))
    )
    return connection.execute(statement).scalar_one()


def old(connection: sa.Connection, *, older_than_s: float) -> Sequence[sa.RowMapping]:
    """Runs that ended so long ago and are not purged, oldest first, with `watched`: what may still come."""
    ended_at = sa.func.coalesce(runs.c.finished_at, runs.c.created_at)
    statement = (
        sa.select(runs, _watched().label("watched"))
        .where(runs.c.state.in_(_OVER), runs.c.purged_at.is_(None), ended_at <= now() - older_than_s)
        .order_by(ended_at, runs.c.id)
    )
    return connection.execute(statement).mappings().all()


def attempts_of(connection: sa.Connection, run_id: str, attempt_ids: Collection[str]) -> set[str]:
    """Those of the attempts that are the run's."""
    statement = sa.select(attempts.c.id).where(attempts.c.id.in_(attempt_ids), attempts.c.run_id == run_id)
    return set(connection.execute(statement).scalars())


def live_attempts(connection: sa.Connection, run_id: str, after: str, most: int) -> list[str]:
    """The run's Live attempts after that one, a slice: each may have an object of its own."""
    statement = (
        sa.select(attempts.c.id)
        .where(attempts.c.run_id == run_id, attempts.c.method == Method.LIVE, attempts.c.id > after)
        .order_by(attempts.c.id)
        .limit(most)
    )
    return list(connection.execute(statement).scalars())


def forget_rows(connection: sa.Connection, run_id: str, most: int) -> int:
    """Delete a slice of the run's prompts and variables; 0 when there are none left."""
    chosen = sa.select(rows.c.row_no).where(rows.c.run_id == run_id).limit(most)
    statement = sa.delete(rows).where(rows.c.run_id == run_id, rows.c.row_no.in_(chosen))
    return connection.execute(statement).rowcount


def forget_places(connection: sa.Connection, run_id: str, most: int) -> int:
    """Forget where a slice of the run's answers lay; 0 when none is left."""
    task = sa.select(provider_tasks.c.provider_id).limit(most)
    in_its_segments = task.where(
        provider_tasks.c.segment.in_(sa.select(segments.c.key).where(segments.c.run_id == run_id))
    )
    # By its attempts a slice reads past all that the slices before it forgot.
    the_rest = task.join(attempts, attempts.c.id == provider_tasks.c.attempt_id).where(
        attempts.c.run_id == run_id, provider_tasks.c.segment.is_not(None)
    )
    for chosen in (in_its_segments, the_rest):
        statement = sa.update(provider_tasks).where(provider_tasks.c.provider_id.in_(chosen))
        gone = connection.execute(statement.values(segment=None, line_no=None, line_sha256=None)).rowcount
        if gone:
            return gone
    return 0


def forget_deliveries(connection: sa.Connection, run_id: str, most: int) -> int:
    """Delete a slice of the run's deliveries and what their jobs asked with; 0 when there are none left."""
    chosen = sa.select(deliveries.c.row_no).where(deliveries.c.run_id == run_id)
    chosen = chosen.order_by(deliveries.c.row_no).limit(most)
    statement = sa.delete(deliveries).where(deliveries.c.run_id == run_id, deliveries.c.row_no.in_(chosen))
    found = connection.execute(statement.returning(deliveries.c.job_id)).scalars().all()
    if found:
        connection.execute(sa.update(jobs).where(jobs.c.id.in_(set(found))).values(parameters={}))
    return len(found)


def forget_segments(connection: sa.Connection, run_id: str, most: int) -> int:
    """Delete a slice of the rows of the run's segments; 0 when there are none left."""
    chosen = sa.select(segments.c.key).where(segments.c.run_id == run_id).limit(most)
    statement = sa.delete(segments).where(segments.c.run_id == run_id, segments.c.key.in_(chosen))
    return connection.execute(statement).rowcount


def finish(connection: sa.Connection, run_id: str) -> None:
    """Forget the rest of what was asked, and say when: jobs keep their states, attempts and money stay."""
    nothing: dict[str, Any] = {}
    # A bought witness is nobody's answer, so it has no delivery.
    hidden = sa.select(runs.c.id).where(runs.c.id == run_id, runs.c.witness)
    connection.execute(sa.update(jobs).where(jobs.c.run_id.in_(hidden)).values(parameters=nothing))
    connection.execute(
        sa.update(runs).where(runs.c.id == run_id).values(purged_at=now(), manifest=None, options=nothing)
    )


def _watched() -> sa.ColumnElement[bool]:
    return any_row(attempts, attempts.c.run_id == runs.c.id, attempts.c.state.in_(WATCHED_ATTEMPT))
