"""Attempts that the provider or the store know and this database has lost, put back in as evidence (P30)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, jobs
from promptrelay.database.upsert import insert_into
from promptrelay.domain.platform import Method
from promptrelay.domain.states import OPEN_ATTEMPT, AttemptState, JobState


@dataclass(frozen=True, slots=True)
class LostAttempt:
    """An attempt as its tag names it, with the moment at which it was sent."""

    attempt_id: str
    job_id: str
    run_id: str
    sent_at: float
    answered: bool = False
    """Whether its answer is in hand."""


def known(connection: sa.Connection, attempt_ids: Collection[str]) -> set[str]:
    """Those of the attempts that this database knows."""
    return set(connection.execute(sa.select(attempts.c.id).where(attempts.c.id.in_(attempt_ids))).scalars())


def put_back(connection: sa.Connection, account: str, lost: Sequence[LostAttempt]) -> set[str]:
    """Insert those whose job is known, as written off: evidence then finds them late (P11); their ids.

    A Live attempt without an answer is unknown instead, so that its job is not sent again unasked (P19).
    """
    locked = lock_in_order(connection, jobs, jobs.c.id.in_({item.job_id for item in lost}))
    known_jobs = {
        row["id"]: row for row in connection.execute(sa.select(jobs).where(jobs.c.id.in_(locked))).mappings()
    }
    busy = _with_open_attempt(connection, locked)
    rows = []
    for item in lost:
        job = known_jobs.get(item.job_id)
        if job is None or job["run_id"] != item.run_id:
            continue
        state = _state(item, job, busy)
        if state is AttemptState.UNKNOWN:
            busy.add(item.job_id)
        rows.append(_row(account, item, job, state))
    if rows:
        connection.execute(insert_into(connection, attempts).on_conflict_do_nothing(), rows)
        unknown = [row["job_id"] for row in rows if row["state"] is AttemptState.UNKNOWN]
        waiting = (JobState.QUEUED, JobState.CLAIMED)
        connection.execute(
            sa.update(jobs)
            .where(jobs.c.id.in_(unknown), jobs.c.state.in_(waiting))
            .values(state=JobState.IN_FLIGHT, lease_until=None)
        )
    return {str(row["id"]) for row in rows}


def _with_open_attempt(connection: sa.Connection, job_ids: Collection[str]) -> set[str]:
    statement = sa.select(attempts.c.job_id).where(
        attempts.c.job_id.in_(job_ids), attempts.c.state.in_(OPEN_ATTEMPT)
    )
    return set(connection.execute(statement).scalars())


def _state(item: LostAttempt, job: sa.RowMapping, busy: Collection[str]) -> AttemptState:
    if job["method"] == Method.STANDARD:
        return AttemptState.ABSENT
    return AttemptState.LOST if item.answered or item.job_id in busy else AttemptState.UNKNOWN


def _row(account: str, item: LostAttempt, job: sa.RowMapping, state: AttemptState) -> dict[str, object]:
    return {
        "id": item.attempt_id,
        "job_id": item.job_id,
        "run_id": item.run_id,
        "account": account,
        "platform": job["platform"],
        "method": job["method"],
        "model": job["model"],
        "state": state,
        "created_at": item.sent_at,
        "send_by": item.sent_at,
        "posted_at": item.sent_at,
        # Sent under another start of the machine, as far as anybody can tell.
        "boot_id": "",
        "boot_s": 0.0,
    }
