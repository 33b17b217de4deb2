"""How far a run is, read from indexes alone where that is possible."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from promptrelay.books.errors import RunUnknown
from promptrelay.books.provider_words import provider_words
from promptrelay.books.receipt import money_of
from promptrelay.books.signs import waits_of
from promptrelay.database.accounts import accounts
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import UNFINISHED_RUN, AttemptState, JobState, RunState

_IN_CALL = (AttemptState.SENDING, AttemptState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class Progress:
    """One look at a run; money in USD, counts by state hold only states that occur."""

    run_id: str
    campaign: str
    state: RunState
    reason: str | None
    jobs: Mapping[str, int]
    attempts: Mapping[str, int]
    charged: Usd = ZERO
    refunded: Usd = ZERO
    held: Usd = ZERO
    account_note: str | None = None
    """Why nothing new is sent for the provider account, and what ends that; None when it sends."""
    live_in_flight: Mapping[str, int] = field(default_factory=dict)
    """Live calls by platform that are on their way or whose end is not known."""
    provider_says: Sequence[Mapping[str, Any]] = ()
    """What it says of sendings without an answer, by code, as the receipt has it."""
    waits: Sequence[str] = ()
    """What the processes wait for while the run is unfinished, such as `waiting for Redis: …`."""

    @property
    def total(self) -> int:
        """All jobs."""
        return sum(self.jobs.values())

    @property
    def answers(self) -> int:
        """Jobs that have their answer."""
        return self.jobs.get(JobState.DONE, 0)

    @property
    def ended(self) -> int:
        """Jobs for which nothing more is done."""
        return self.answers + self.jobs.get(JobState.FAILED, 0) + self.jobs.get(JobState.CANCELLED, 0)

    @property
    def net(self) -> Usd:
        """Cash that is gone for now: charged less refunded."""
        return self.charged - self.refunded


def progress(database: Database, run_id: str) -> Progress:
    """How far the run is now, all from one state of the database. Raises RunUnknown.

    Counts and sums grow with the run: some tens of milliseconds for 100,000 jobs. Ask less often for more.
    """
    with database.read() as connection:
        run = connection.execute(
            sa.select(runs.c.account, runs.c.campaign, runs.c.state, runs.c.reason).where(runs.c.id == run_id)
        ).first()
        if run is None:
            raise RunUnknown(run_id)
        money = money_of(connection, run_id)
        return Progress(
            run_id,
            run.campaign,
            RunState(run.state),
            run.reason,
            _by_state(connection, jobs, run_id),
            _by_state(connection, attempts, run_id),
            money["charged"],
            money["refunded"],
            money["held"],
            _note(connection, run.account),
            _live(connection, run_id),
            provider_words(connection, run_id),
            waits_of(connection) if run.state in UNFINISHED_RUN else (),
        )


def _note(connection: sa.Connection, account: str) -> str | None:
    standing = accounts.standing(connection, account)
    return standing.note if standing else None


def _by_state(connection: sa.Connection, table: sa.Table, run_id: str) -> dict[str, int]:
    statement = (
        sa.select(table.c.state, sa.func.count()).where(table.c.run_id == run_id).group_by(table.c.state)
    )
    return {state: int(count) for state, count in connection.execute(statement)}


def _live(connection: sa.Connection, run_id: str) -> dict[str, int]:
    statement = (
        sa.select(attempts.c.platform, sa.func.count())
        .where(attempts.c.run_id == run_id, attempts.c.state.in_(_IN_CALL), attempts.c.method == Method.LIVE)
        .group_by(attempts.c.platform)
    )
    return {platform: int(count) for platform, count in connection.execute(statement)}
