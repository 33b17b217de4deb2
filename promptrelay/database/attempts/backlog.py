"""Whose work waits, and for which kind of worker; asked of indexes alone, whatever the size of the runs."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from promptrelay.database.schema import accounts, attempts, jobs, runs
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import AttemptState, JobState, RunState

_UNSENT = (JobState.QUEUED, JobState.CLAIMED)
_OUT = (AttemptState.SENT, AttemptState.WITHHELD, AttemptState.LATE)


class Unsent(NamedTuple):
    """A kind of jobs of an account's running runs that wait to be sent."""

    account: str
    platform: str
    method: str


def unsent(connection: sa.Connection) -> list[Unsent]:
    """Every kind of jobs that waits."""
    kinds = (
        sa.select(runs.c.account, sa.literal(str(platform)), sa.literal(str(method))).where(
            runs.c.state == RunState.RUNNING,
            sa.exists().where(
                jobs.c.run_id == runs.c.id,
                jobs.c.platform == platform,
                jobs.c.method == method,
                jobs.c.state.in_(_UNSENT),
            ),
        )
        for platform in Platform
        for method in Method
    )
    return sorted(Unsent(*row) for row in connection.execute(sa.union(*kinds)))


def uncollected(connection: sa.Connection) -> list[str]:
    """The accounts with answers that are still to be fetched."""
    return _accounts_with(connection, *_OUT)


def undecided(connection: sa.Connection) -> list[str]:
    """The accounts with sendings whose outcome nobody knows."""
    return _accounts_with(connection, AttemptState.UNKNOWN)


def _accounts_with(connection: sa.Connection, *states: AttemptState) -> list[str]:
    there = sa.exists().where(attempts.c.state.in_(states), attempts.c.account == accounts.c.name)
    statement = sa.select(accounts.c.name).where(there).order_by(accounts.c.name)
    return list(connection.execute(statement).scalars())
