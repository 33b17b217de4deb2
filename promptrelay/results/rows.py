"""A run's rows with their jobs, attempts and money, a page at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import attempts, deliveries, jobs, ledger, provider_tasks, rows

PAGE_SIZE = 500
"""Deliveries that are in memory at once, with their answers."""


@dataclass(frozen=True, slots=True)
class Money:
    """What the ledger holds for one attempt, in nano-dollars."""

    fee: int = 0
    llm: int = 0
    waste: int = 0
    refunded: int = 0
    net: int = 0


@dataclass(frozen=True, slots=True)
class Attempted:
    """One attempt of a job, with the provider task that answered it and its money."""

    attempt: Mapping[str, Any]
    task: Mapping[str, Any] | None
    money: Money

    @property
    def is_stored(self) -> bool:
        """Whether its answer lies in the store."""
        return self.task is not None and self.task["segment"] is not None


@dataclass(frozen=True, slots=True)
class Delivery:
    """One input row with one of the jobs it wanted."""

    row: Mapping[str, Any]
    job: Mapping[str, Any]
    attempts: tuple[Attempted, ...]
    """All attempts of the job, oldest first."""

    @property
    def is_first(self) -> bool:
        """Whether this row made the job; duplicates of it get the same answer and pay nothing."""
        return bool(self.row["row_no"] == self.job["row_no"])

    @property
    def answered(self) -> Attempted | None:
        """The attempt whose answer is the job's."""
        return next((a for a in self.attempts if a.attempt["id"] == self.job["answered_by"]), None)


def read_page(
    connection: sa.Connection,
    run_id: str,
    *,
    after: int,
    platforms: Sequence[str] = (),
    size: int = PAGE_SIZE,
) -> list[Delivery]:
    """The deliveries of the rows after that one in input order, about as many as asked for and whole rows."""
    here = sa.and_(deliveries.c.run_id == run_id, deliveries.c.row_no > after, _of_platforms(platforms))
    first = sa.select(deliveries.c.row_no).where(here).order_by(deliveries.c.row_no).limit(size).subquery()
    last = connection.execute(sa.select(sa.func.max(first.c.row_no))).scalar_one()
    return [] if last is None else _read(connection, run_id, sa.and_(here, deliveries.c.row_no <= last))


def read_jobs(connection: sa.Connection, run_id: str, job_ids: Sequence[str]) -> list[Delivery]:
    """The deliveries of those jobs in input order."""
    return _read(connection, run_id, deliveries.c.job_id.in_(job_ids))


def _of_platforms(platforms: Sequence[str]) -> sa.ColumnElement[bool]:
    if not platforms:
        return sa.true()
    return sa.exists().where(jobs.c.id == deliveries.c.job_id, jobs.c.platform.in_(platforms))


def _read(connection: sa.Connection, run_id: str, here: sa.ColumnElement[bool]) -> list[Delivery]:
    job_ids = sa.select(deliveries.c.job_id).where(here)
    row_nos = sa.select(deliveries.c.row_no).where(here)
    by_row = {
        row["row_no"]: dict(row)
        for row in connection.execute(
            sa.select(rows).where(rows.c.run_id == run_id, rows.c.row_no.in_(row_nos))
        ).mappings()
    }
    by_job = {
        job["id"]: dict(job)
        for job in connection.execute(sa.select(jobs).where(jobs.c.id.in_(job_ids))).mappings()
    }
    tried = _attempts(connection, job_ids)
    pairs = connection.execute(sa.select(deliveries.c.row_no, deliveries.c.job_id).where(here)).all()
    ordered = sorted(pairs, key=lambda pair: (pair.row_no, by_job[pair.job_id]["position"]))
    return [Delivery(by_row[pair.row_no], by_job[pair.job_id], tuple(tried[pair.job_id])) for pair in ordered]


def _attempts(connection: sa.Connection, job_ids: sa.Select[Any]) -> dict[str, list[Attempted]]:
    statement = sa.select(attempts).where(attempts.c.job_id.in_(job_ids)).order_by(attempts.c.id)
    attempt_ids = sa.select(attempts.c.id).where(attempts.c.job_id.in_(job_ids))
    tasks = _tasks(connection, attempt_ids)
    money = _money(connection, attempt_ids)
    found: dict[str, list[Attempted]] = defaultdict(list)
    for attempt in connection.execute(statement).mappings():
        task = _answering(tasks[attempt["id"]], attempt["provider_id"])
        found[attempt["job_id"]].append(Attempted(dict(attempt), task, money.get(attempt["id"], Money())))
    return found


def _tasks(connection: sa.Connection, attempt_ids: sa.Select[Any]) -> dict[str, list[Mapping[str, Any]]]:
    statement = (
        sa.select(provider_tasks)
        .where(provider_tasks.c.attempt_id.in_(attempt_ids))
        .order_by(provider_tasks.c.second, provider_tasks.c.provider_id)
    )
    found: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for task in connection.execute(statement).mappings():
        found[task["attempt_id"]].append(dict(task))
    return found


def _answering(tasks: list[Mapping[str, Any]], provider_id: str | None) -> Mapping[str, Any] | None:
    """The task that gave the attempt its answer; with two under one tag (P10), one that has an answer."""
    stored = [task for task in tasks if task["segment"] is not None]
    own = [task for task in stored or tasks if task["provider_id"] == provider_id]
    return next(iter(own or stored or tasks), None)


def _money(connection: sa.Connection, attempt_ids: sa.Select[Any]) -> dict[str, Money]:
    provider = ledger.c.provider_nanos
    statement = (
        sa.select(
            ledger.c.attempt_id,
            sa.func.sum(ledger.c.fee_nanos),
            sa.func.sum(ledger.c.llm_nanos),
            sa.func.sum(ledger.c.waste_nanos),
            sa.func.sum(sa.case((provider > 0, provider), else_=0)),
            -sa.func.sum(provider),
        )
        .where(ledger.c.attempt_id.in_(attempt_ids))
        .group_by(ledger.c.attempt_id)
    )
    return {
        attempt_id: Money(*(int(amount) for amount in sums))
        for attempt_id, *sums in connection.execute(statement)
    }
