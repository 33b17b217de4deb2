"""Reads attempts and jobs under their locks and writes back what the transitions changed.

Lock order: attempts, jobs, runs, each by id (P31).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.attempts.provider_tasks import evidence_in
from promptrelay.database.schema import attempts, jobs, provider_tasks, runs
from promptrelay.domain.attempt import Attempt
from promptrelay.domain.job import Job
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import TaskEvidence
from promptrelay.domain.states import AttemptState, JobState, Reason, RunState

_ATTEMPT_FIELDS = (
    "state",
    "waste",
    "provider_id",
    "posted_at",
    "received_at",
    "settled_at",
    "due_at",
    "looks",
    "taken",
    "status_code",
    "told_nanos",
    "has_unknown_charge",
)
_JOB_FIELDS = ("state", "due_at", "tries", "reason", "status_code", "answered_by", "taken", "deaths")


@dataclass(slots=True)
class Locked:
    """The attempts of some jobs, the jobs, and what they were when they were read."""

    attempts: dict[str, Attempt]
    jobs: dict[str, Job]
    rows: Mapping[str, sa.RowMapping]
    _attempts_before: dict[str, tuple[Any, ...]]
    _jobs_before: dict[str, tuple[Any, ...]]

    def siblings(self, attempt: Attempt) -> list[Attempt]:
        """The other attempts of the attempt's job."""
        return [a for a in self.attempts.values() if a.job_id == attempt.job_id and a.id != attempt.id]

    def store(self, connection: sa.Connection) -> None:
        """Write the attempts and jobs that changed; those that close go first, for P5's index."""
        changed = [
            a for a in self.attempts.values() if _facts(a, _ATTEMPT_FIELDS) != self._attempts_before[a.id]
        ]
        changed.sort(key=lambda attempt: attempt.is_open)
        _update(connection, attempts, changed, _ATTEMPT_FIELDS)
        moved = [j for j in self.jobs.values() if _facts(j, _JOB_FIELDS) != self._jobs_before[j.id]]
        _update(connection, jobs, moved, _JOB_FIELDS)


def lock(connection: sa.Connection, attempt_ids: Collection[str]) -> Locked:
    """Read these attempts, every other attempt of their jobs, and the jobs, for change.

    A transaction A may make another attempt while this one waits for the job's row: then what is locked is
    let go and read again, so that settling sees whom to revoke (P11), in the order of all locks (P31).
    """
    while True:
        savepoint = connection.begin_nested()
        found = _lock_once(connection, attempt_ids)
        if _others(connection, found) <= found.attempts.keys():
            savepoint.commit()
            return found
        savepoint.rollback()


def _others(connection: sa.Connection, found: Locked) -> set[str]:
    """Every attempt of the jobs, now that nobody else can make one."""
    statement = sa.select(attempts.c.id).where(attempts.c.job_id.in_(found.jobs.keys()))
    return set(connection.execute(statement).scalars())


def _lock_once(connection: sa.Connection, attempt_ids: Collection[str]) -> Locked:
    job_ids = sa.select(attempts.c.job_id).where(attempts.c.id.in_(attempt_ids))
    is_witness = sa.select(runs.c.witness).where(runs.c.id == attempts.c.run_id).scalar_subquery()
    rows = {
        row["id"]: row
        for row in connection.execute(
            sa.select(attempts, is_witness.label("witness"))
            .where(attempts.c.job_id.in_(job_ids))
            .order_by(attempts.c.id)
            .with_for_update()
        ).mappings()
    }
    tasks = _tasks(connection, rows)
    found = {row_id: _attempt(row, tasks[row_id]) for row_id, row in rows.items()}
    jobs_found = _lock_jobs(connection, {attempt.job_id for attempt in found.values()})
    return Locked(
        found,
        jobs_found,
        rows,
        {key: _facts(attempt, _ATTEMPT_FIELDS) for key, attempt in found.items()},
        {key: _facts(job, _JOB_FIELDS) for key, job in jobs_found.items()},
    )


def _lock_jobs(connection: sa.Connection, ids: Collection[str]) -> dict[str, Job]:
    statement = (
        sa.select(jobs, runs.c.state.label("run_state"))
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(jobs.c.id.in_(ids))
        .order_by(jobs.c.id)
        .with_for_update(of=jobs)
    )
    return {row["id"]: _job(row) for row in connection.execute(statement).mappings()}


def _tasks(connection: sa.Connection, ids: Collection[str]) -> dict[str, dict[str, TaskEvidence]]:
    found: dict[str, dict[str, TaskEvidence]] = defaultdict(dict)
    statement = (
        sa.select(provider_tasks, attempts.c.method)
        .join(attempts, attempts.c.id == provider_tasks.c.attempt_id)
        .where(provider_tasks.c.attempt_id.in_(ids))
        .order_by(provider_tasks.c.second, provider_tasks.c.provider_id)
    )
    for row in connection.execute(statement).mappings():
        found[row["attempt_id"]][row["provider_id"]] = evidence_in(row)
    return found


def _attempt(row: sa.RowMapping, tasks: dict[str, TaskEvidence]) -> Attempt:
    return Attempt(
        id=row["id"],
        job_id=row["job_id"],
        run_id=row["run_id"],
        method=Method(row["method"]),
        state=AttemptState(row["state"]),
        waste=row["waste"],
        witness=bool(row["witness"]),
        reserved=Usd(row["reserved_nanos"]),
        cash_out=Usd(row["float_nanos"]),
        provider_id=row["provider_id"],
        posted_at=row["posted_at"],
        received_at=row["received_at"],
        settled_at=row["settled_at"],
        due_at=row["due_at"],
        looks=row["looks"],
        taken=row["taken"],
        status_code=row["status_code"],
        told=None if row["told_nanos"] is None else Usd(row["told_nanos"]),
        has_unknown_charge=row["has_unknown_charge"],
        tasks=dict(tasks),
    )


def _job(row: sa.RowMapping) -> Job:
    return Job(
        id=row["id"],
        run_id=row["run_id"],
        state=JobState(row["state"]),
        run_state=RunState(row["run_state"]),
        due_at=row["due_at"],
        tries=row["tries"],
        reason=Reason(row["reason"]) if row["reason"] else None,
        status_code=row["status_code"],
        answered_by=row["answered_by"],
        taken=row["taken"],
        deaths=row["deaths"],
    )


def _facts(thing: Attempt | Job, names: Iterable[str]) -> tuple[Any, ...]:
    return tuple(getattr(thing, name) for name in names)


def _update(
    connection: sa.Connection, table: sa.Table, things: Iterable[Attempt | Job], names: tuple[str, ...]
) -> None:
    values = [{"key": t.id, **{f"new_{n}": getattr(t, n) for n in names}} for t in things]
    if values:
        statement = (
            sa.update(table)
            .where(table.c.id == sa.bindparam("key"))
            .values({name: sa.bindparam(f"new_{name}") for name in names})
        )
        connection.execute(statement, values)
