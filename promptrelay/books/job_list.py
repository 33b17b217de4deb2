"""A run's jobs, one after the other, each with its attempts and what it cost."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs, ledger, rows, runs
from promptrelay.domain.money import Usd
from promptrelay.domain.states import AttemptState

_AT_ONCE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs are listed; None is any."""

    state: str | None = None
    reason: str | None = None
    platform: str | None = None
    most: int = 0
    """0: all."""
    prompts: bool = False
    """Also the prompts, which otherwise never leave the database."""


def job_list(database: Database, run_id: str, wanted: JobFilter) -> Iterator[dict[str, Any]]:
    """The jobs in input order, in constant memory; `age_s` since the last sending, else since the run began.

    Money is decimal strings in USD. The read stays open until the last job is taken.
    """
    statement = _statement(run_id, wanted)
    with database.read() as connection:
        found = connection.execution_options(stream_results=True, yield_per=_AT_ONCE).execute(statement)
        for row in found.mappings():
            yield {**row, "age_s": round(float(row["age_s"]), 1), "net": str(Usd(int(row["net"])))}


def _statement(run_id: str, wanted: JobFilter) -> sa.Select[Any]:
    here = sa.and_(rows.c.run_id == jobs.c.run_id, rows.c.row_no == jobs.c.row_no)
    shown = (
        jobs.c.id.label("job"),
        rows.c.row_id.label("row"),
        *(jobs.c[name] for name in ("platform", "method", "model", "repeat", "state", "reason")),
        *(jobs.c[name] for name in ("status_code", "tries")),
        _count().label("attempts"),
        (now() - sa.func.coalesce(_last(), runs.c.created_at)).label("age_s"),
        _net().label("net"),
        _said("look_code").label("provider_code"),
        _said("look_message").label("provider_message"),
        *((rows.c.prompt,) if wanted.prompts else ()),
    )
    statement = (
        sa.select(*shown)
        .select_from(jobs.join(runs, runs.c.id == jobs.c.run_id).outerjoin(rows, here))
        .where(jobs.c.run_id == run_id)
        .order_by(jobs.c.position)
    )
    for column, value in (("state", wanted.state), ("reason", wanted.reason), ("platform", wanted.platform)):
        if value is not None:
            statement = statement.where(jobs.c[column] == value)
    return statement.limit(wanted.most) if wanted.most else statement


def _count() -> sa.ScalarSelect[Any]:
    tried = sa.select(sa.func.count()).select_from(attempts).where(attempts.c.job_id == jobs.c.id)
    return tried.correlate(jobs).scalar_subquery()


def _last() -> sa.ScalarSelect[Any]:
    last = sa.select(sa.func.max(attempts.c.created_at)).where(attempts.c.job_id == jobs.c.id)
    return last.correlate(jobs).scalar_subquery()


def _said(name: str) -> sa.ScalarSelect[Any]:
    """What the provider said at the last look at the newest attempt that is not answered."""
    said = (
        sa.select(attempts.c[name])
        .where(attempts.c.job_id == jobs.c.id, attempts.c.look_code.is_not(None))
        .where(attempts.c.state != AttemptState.SETTLED)
        .order_by(attempts.c.id.desc())
        .limit(1)
    )
    return said.correlate(jobs).scalar_subquery()


def _net() -> sa.ScalarSelect[Any]:
    booked = attempts.join(ledger, ledger.c.attempt_id == attempts.c.id)
    moved = sa.select(-sa.func.coalesce(sa.func.sum(ledger.c.provider_nanos), 0)).select_from(booked)
    return moved.where(attempts.c.job_id == jobs.c.id).correlate(jobs).scalar_subquery()
