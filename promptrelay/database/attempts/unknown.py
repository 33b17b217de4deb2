"""Attempts whose outcome nobody knows: which are searched for, how often in vain (P13, P14)."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, provider_tasks, runs
from promptrelay.domain.clock import BootTime
from promptrelay.domain.platform import Method
from promptrelay.domain.search_terms import SearchTerms
from promptrelay.domain.states import AttemptState, RunState

_ACCEPTED = (AttemptState.SENT, AttemptState.SETTLED, AttemptState.WITHHELD, AttemptState.LATE)


@dataclass(frozen=True, slots=True)
class Unknown:
    """One unknown attempt, with times of the database."""

    attempt_id: str
    job_id: str
    run_id: str
    method: Method
    created_at: float
    send_by: float
    searches: int
    age_s: float
    may_arrive: bool
    """Whether the provider may still take it: nobody should send it again before that is over."""
    may_be_absent: bool
    """Whether its `absent_from` has come, by every clock that knows of it (P13, P27)."""
    resend: bool
    """Whether its campaign wants a lost Live question asked again."""
    may_cost: bool
    """Whether its search may cost something: it is a going run's, and no witness itself (P14)."""

    def absent_from(self, terms: SearchTerms) -> float:
        """From when on a list without it says something (P13)."""
        return self.send_by + terms.absent_after_s(self.method)


def searched_for(
    connection: sa.Connection,
    account: str,
    terms: SearchTerms,
    moment: BootTime,
    *,
    run_id: str | None = None,
) -> list[Unknown]:
    """The unknown attempts of the account, the oldest first; of one run if it is named."""
    statement = (
        sa.select(
            attempts,
            *(runs.c.options, runs.c.witness, runs.c.state.label("run_state")),
            *((now() - attempts.c.created_at).label("age_s"), now().label("at")),
        )
        .join(runs, runs.c.id == attempts.c.run_id)
        .where(attempts.c.state == AttemptState.UNKNOWN, attempts.c.account == account)
        .order_by(attempts.c.created_at, attempts.c.id)
    )
    if run_id is not None:
        statement = statement.where(attempts.c.run_id == run_id)
    return [_unknown(row, terms, moment) for row in connection.execute(statement).mappings()]


def _unknown(row: sa.RowMapping, terms: SearchTerms, moment: BootTime) -> Unknown:
    method = Method(row["method"])
    since_s = _since_send_by_s(row, terms, moment)
    return Unknown(
        attempt_id=row["id"],
        job_id=row["job_id"],
        run_id=row["run_id"],
        method=method,
        created_at=row["created_at"],
        send_by=row["send_by"],
        searches=row["searches"],
        age_s=float(row["age_s"]),
        may_arrive=since_s <= terms.taken_until_s(method),
        may_be_absent=since_s > terms.absent_after_s(method),
        resend=(row["options"] or {}).get("on_lost_live") == "retry",
        may_cost=not row["witness"] and row["run_state"] in (RunState.RUNNING, RunState.STOPPED_BUDGET),
    )


def _since_send_by_s(row: sa.RowMapping, terms: SearchTerms, moment: BootTime) -> float:
    """How long ago it could still be sent; a wall clock that was put forward shortens nothing (P27)."""
    since_s = float(row["at"]) - float(row["send_by"])
    if row["boot_id"] != moment.boot_id:
        return since_s
    return min(since_s, moment.boot_s - float(row["boot_s"]) - terms.send_window_s)


def is_sending(connection: sa.Connection, account: str) -> bool:
    """Whether a Standard attempt of the account is on its way, its outcome not said."""
    statement = sa.select(sa.literal(1)).where(
        attempts.c.state == AttemptState.SENDING,
        attempts.c.method == Method.STANDARD,
        attempts.c.account == account,
    )
    return connection.execute(statement.limit(1)).first() is not None


def exist(connection: sa.Connection, account: str) -> bool:
    """Whether any outcome of the account's is unknown."""
    statement = sa.select(sa.literal(1)).where(
        attempts.c.state == AttemptState.UNKNOWN, attempts.c.account == account
    )
    return connection.execute(statement.limit(1)).first() is not None


def live_in(
    connection: sa.Connection, account: str, states: Collection[AttemptState], *, younger_than_s: float
) -> list[str]:
    """The Live attempts in these states that are not too old to be answered from what was left behind."""
    statement = sa.select(attempts.c.id).where(
        attempts.c.state.in_(states),
        attempts.c.method == Method.LIVE,
        attempts.c.account == account,
        attempts.c.created_at > now() - younger_than_s,
    )
    return list(connection.execute(statement).scalars())


def count_standard(connection: sa.Connection, account: str) -> int:
    """How many Standard attempts of the account are unknown: what id_list has to be read for."""
    statement = sa.select(sa.func.count()).where(
        attempts.c.state == AttemptState.UNKNOWN,
        attempts.c.method == Method.STANDARD,
        attempts.c.account == account,
    )
    return int(connection.execute(statement).scalar_one())


def note_not_found(
    connection: sa.Connection, attempt_ids: Collection[str], *, every_s: float
) -> dict[str, int]:
    """Count a negative look at these; looks closer together than `every_s` count once.

    Returns the number of negative looks of each attempt that this look was counted for.
    """
    counted = sa.and_(
        attempts.c.id.in_(attempt_ids),
        attempts.c.state == AttemptState.UNKNOWN,
        sa.func.coalesce(attempts.c.searched_at, 0.0) <= now() - every_s,
    )
    statement = (
        sa.update(attempts)
        .where(attempts.c.id.in_(lock_in_order(connection, attempts, counted)))
        .values(searches=attempts.c.searches + 1, searched_at=now())
        .returning(attempts.c.id, attempts.c.searches)
    )
    return {row.id: row.searches for row in connection.execute(statement)}


def accepted_after(connection: sa.Connection, account: str, moment: float) -> tuple[str, float] | None:
    """The first Standard task that we know to be taken after the moment: its provider id and when.

    A failed task is no longer listed, so it can witness nothing.
    """
    statement = (
        sa.select(attempts.c.provider_id, attempts.c.created_at, attempts.c.send_by)
        .where(
            attempts.c.account == account,
            attempts.c.method == Method.STANDARD,
            attempts.c.state.in_(_ACCEPTED),
            attempts.c.provider_id.is_not(None),
            attempts.c.created_at > moment,
        )
        .order_by(attempts.c.created_at)
        .limit(1)
    )
    row = connection.execute(statement).first()
    return (row.provider_id, row.created_at) if row else None


def known_tasks(connection: sa.Connection, provider_ids: Sequence[str]) -> set[str]:
    """Those of the provider's tasks that are recorded already."""
    statement = sa.select(provider_tasks.c.provider_id).where(provider_tasks.c.provider_id.in_(provider_ids))
    return set(connection.execute(statement).scalars())


def methods(connection: sa.Connection, attempt_ids: Collection[str]) -> dict[str, Any]:
    """Standard or Live, by attempt, for those that this database knows."""
    statement = sa.select(attempts.c.id, attempts.c.method).where(attempts.c.id.in_(attempt_ids))
    return {row.id: Method(row.method) for row in connection.execute(statement)}
