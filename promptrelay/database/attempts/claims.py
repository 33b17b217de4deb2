"""Claims due jobs for sending, under a lease that belongs to `claimed` alone (P4)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.presence import any_row
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.domain.job import MOST_DEATHS
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import AttemptState, JobState, Reason, RunState

Kind = tuple[str, str]
"""Platform and method."""

_SUSPECTED = jobs.c.deaths > sa.literal_column("0")
"""As its index has it: with a parameter the index is not used."""


def end_stale_leases(connection: sa.Connection) -> int:
    """Let claimed jobs whose lease has ended become due again.

    A lease that ends in a worker's hands is a death; a job of which too many workers died is given up.
    """
    died = jobs.c.taken
    poisonous = sa.and_(died, jobs.c.deaths + 1 >= MOST_DEATHS)
    return _end(
        connection,
        ended_lease(),
        state=sa.case((poisonous, JobState.FAILED), else_=JobState.QUEUED),
        reason=sa.case((poisonous, Reason.QUARANTINED), else_=jobs.c.reason),
        deaths=jobs.c.deaths + sa.case((died, 1), else_=0),
    )


def end_leases(connection: sa.Connection, account: str) -> int:
    """Let every claimed job of the account become due again: its message went with the queue, nobody died."""
    claimed = sa.and_(jobs.c.state == JobState.CLAIMED, _is_of(account))
    return _end(connection, claimed, state=JobState.QUEUED)


def _end(connection: sa.Connection, which: sa.ColumnElement[bool], **values: Any) -> int:
    ids = lock_in_order(connection, jobs, which)
    if not ids:
        return 0
    statement = sa.update(jobs).where(jobs.c.id.in_(ids)).values(taken=False, lease_until=None, **values)
    return connection.execute(statement).rowcount


def ended_lease() -> sa.ColumnElement[bool]:
    """Whether a job is claimed and its lease has ended."""
    return sa.and_(jobs.c.state == JobState.CLAIMED, jobs.c.lease_until <= now())


def take(connection: sa.Connection, job_ids: Sequence[str]) -> None:
    """Note that a worker begins with these jobs, in case it dies of one of them."""
    held = lock_in_order(connection, jobs, jobs.c.id.in_(job_ids), jobs.c.state == JobState.CLAIMED)
    connection.execute(sa.update(jobs).where(jobs.c.id.in_(held)).values(taken=True))


def suspected(connection: sa.Connection, account: str) -> set[Kind]:
    """The platforms and methods with jobs of the account of which a worker may have died."""
    # Said by what is left out: else SQLite reads all that is queued.
    others = [state for state in JobState if state is not JobState.QUEUED]
    statement = sa.select(jobs.c.platform, jobs.c.method).where(
        _SUSPECTED, jobs.c.state.not_in(others), _is_of(account)
    )
    return {(row.platform, row.method) for row in connection.execute(statement.distinct())}


def _is_of(account: str) -> sa.ColumnElement[bool]:
    return any_row(runs, runs.c.id == jobs.c.run_id, runs.c.account == account)


def claim_suspect(
    connection: sa.Connection, account: str, platform: str, method: str, *, lease_s: float
) -> list[str]:
    """Claim one job of the account of which a worker may have died, or none: they go out alone, in turn.

    So whoever dies next names the one that kills; the others are let go by the first worker that lives.
    """
    suspected = sa.and_(_SUSPECTED, jobs.c.platform == platform, jobs.c.method == method, _is_of(account))
    out = sa.or_(jobs.c.state == JobState.CLAIMED, sa.and_(jobs.c.state == JobState.IN_FLIGHT, jobs.c.taken))
    if connection.execute(sa.select(jobs.c.id).where(suspected, out).limit(1)).first():
        return []
    turn = (
        sa.select(jobs.c.id)
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(
            suspected,
            jobs.c.state == JobState.QUEUED,
            jobs.c.due_at <= now(),
            runs.c.state == RunState.RUNNING,
        )
        .order_by(jobs.c.deaths, jobs.c.run_id, jobs.c.position)
        .limit(1)
    )
    taken = list(connection.execute(turn.with_for_update(of=jobs, skip_locked=True)).scalars())
    claimed_until = {"state": JobState.CLAIMED, "lease_until": now() + lease_s}
    connection.execute(sa.update(jobs).where(jobs.c.id.in_(taken)).values(claimed_until))
    return taken


def claimed(connection: sa.Connection, account: str) -> Counter[tuple[str, Kind]]:
    """How many jobs of the account are in a message on their way to a worker, by run and kind."""
    by = (jobs.c.run_id, jobs.c.platform, jobs.c.method)
    claimed = sa.and_(jobs.c.state == JobState.CLAIMED, _is_of(account))
    statement = sa.select(*by, sa.func.count()).where(claimed).group_by(*by)
    return _by_run_and_kind(connection, statement)


def in_call(connection: sa.Connection, account: str) -> Counter[tuple[str, Kind]]:
    """How many attempts of the account are in a call just now, by run and kind."""
    by = (attempts.c.run_id, attempts.c.platform, attempts.c.method)
    sending = sa.and_(attempts.c.state == AttemptState.SENDING, attempts.c.account == account)
    statement = sa.select(*by, sa.func.count()).where(sending).group_by(*by)
    return _by_run_and_kind(connection, statement)


def _by_run_and_kind(
    connection: sa.Connection, statement: sa.Select[*tuple[Any, ...]]
) -> Counter[tuple[str, Kind]]:
    rows = connection.execute(statement)
    return Counter({(run_id, (platform, method)): int(count) for run_id, platform, method, count in rows})


def wanting(connection: sa.Connection, account: str) -> dict[Kind, set[str]]:
    """The account's running runs that have queued jobs, by kind; whether those are due, claiming tells."""
    kinds, statement = _wanting()
    found: dict[Kind, set[str]] = {kind: set() for kind in kinds}
    for run_id, *has in connection.execute(statement, {"account": account}):
        for kind, one in zip(kinds, has, strict=True):
            if one:
                found[kind].add(run_id)
    return found


@cache
def _wanting() -> tuple[list[Kind], sa.Select[*tuple[Any, ...]]]:
    kinds = [(str(platform), str(method)) for platform in Platform for method in Method]
    has = [
        any_row(
            jobs,
            jobs.c.run_id == runs.c.id,
            jobs.c.platform == platform,
            jobs.c.method == method,
            jobs.c.state == JobState.QUEUED,
            by=[jobs.c.position],
        )
        for platform, method in kinds
    ]
    return kinds, sa.select(runs.c.id, *has).where(
        runs.c.state == RunState.RUNNING, runs.c.account == sa.bindparam("account")
    )


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
            jobs.c.deaths == 0,
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
        .values(state=JobState.QUEUED, lease_until=None, taken=False, due_at=now() + wait_s)
    )
    return connection.execute(statement).rowcount
