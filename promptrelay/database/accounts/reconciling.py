"""What reconciling reads and writes: an account's ledger as a whole, a first reading, entries of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import attempts, deployment, ledger, provider_tasks, readings
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import WATCHED_ATTEMPT, AttemptState

TOPUP, UNEXPLAINED, OPENING = "topup", "unexplained", "opening"
_STEPS = (TOPUP, UNEXPLAINED, OPENING)


@dataclass(frozen=True, slots=True)
class LedgerReading:
    """An account's ledger at one moment; `cash` is what the provider should hold for us."""

    cash: Usd
    topups: Usd
    held: Usd
    rows: int
    open_attempts: int
    open_reserved: Usd
    overdue: tuple[str, ...]
    """Attempts that were given up with their advance still out."""
    failed: int
    expired: int
    since: float
    """When it was last reconciled, else when the database was made."""
    is_first: bool
    at: float
    absent: Mapping[str, int] = field(default_factory=dict)
    """Standard attempts taken for absent since then, by run: one of them may have failed unseen (P14)."""


def ledger_reading(connection: sa.Connection, account: str) -> LedgerReading:
    """The account's ledger as one state of the database shows it."""
    sums: sa.Select[Any] = sa.select(
        *(
            sa.func.coalesce(sa.func.sum(ledger.c[f"{name}_nanos"]), 0)
            for name in ("provider", "topup", "held")
        ),
        sa.func.count(),
        sa.func.max(sa.case((ledger.c.step.in_(_STEPS), ledger.c.booked_at))),
    ).where(ledger.c.account == account)
    cash, topups, held, rows, booked_at = connection.execute(sums).one()
    began = connection.execute(sa.select(sa.func.min(deployment.c.created_at))).scalar_one()
    states = _states(connection, account, booked_at or 0.0)
    is_open = sa.and_(attempts.c.account == account, attempts.c.state.in_(WATCHED_ATTEMPT))
    count, reserved = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(attempts.c.reserved_nanos), 0)).where(is_open)
    ).one()
    overdue = sa.select(attempts.c.id).where(attempts.c.account == account, _given_up())
    return LedgerReading(
        cash=Usd(int(cash)),
        topups=-Usd(int(topups)),
        held=Usd(int(held)),
        rows=int(rows),
        open_attempts=int(count),
        open_reserved=Usd(int(reserved)),
        overdue=tuple(connection.execute(overdue.order_by(attempts.c.id)).scalars()),
        failed=states.get(AttemptState.FAILED, 0),
        expired=states.get(AttemptState.EXPIRED, 0),
        since=float(booked_at or began or 0.0),
        is_first=booked_at is None,
        at=float(connection.execute(sa.select(now())).scalar_one()),
        absent=_absent(connection, account, booked_at or 0.0),
    )


def _given_up() -> sa.ColumnElement[bool]:
    """Closed without the provider's word on the advance: overdue, or gone from its books (P20)."""
    task = provider_tasks.c
    undecided = sa.and_(
        task.attempt_id == attempts.c.id,
        task.accepted,
        task.spent_nanos.is_(None),
        ~task.failed,
        ~task.expired,
    )
    gone = sa.and_(attempts.c.state == AttemptState.EXPIRED, sa.exists().where(undecided))
    return sa.or_(attempts.c.state == AttemptState.OVERDUE, gone)


def _absent(connection: sa.Connection, account: str, since: float) -> dict[str, int]:
    statement = (
        sa.select(attempts.c.run_id, sa.func.count())
        .where(
            attempts.c.account == account,
            attempts.c.created_at > since,
            attempts.c.method == Method.STANDARD,
            attempts.c.state == AttemptState.ABSENT,
        )
        .group_by(attempts.c.run_id)
    )
    return {run_id: int(count) for run_id, count in connection.execute(statement)}


def _states(connection: sa.Connection, account: str, since: float) -> dict[str, int]:
    """How many attempts ended without an answer since then."""
    statement = (
        sa.select(attempts.c.state, sa.func.count())
        .where(
            attempts.c.account == account,
            attempts.c.created_at > since,
            attempts.c.provider_id.is_not(None),
        )
        .group_by(attempts.c.state)
    )
    return {state: int(count) for state, count in connection.execute(statement)}


def places(connection: sa.Connection, attempt_ids: Collection[str]) -> dict[str, tuple[float, str]]:
    """When these attempts were made and which provider task they wait for."""
    statement = sa.select(attempts.c.id, attempts.c.created_at, attempts.c.provider_id).where(
        attempts.c.id.in_(attempt_ids)
    )
    return {row.id: (row.created_at, row.provider_id or "") for row in connection.execute(statement)}


def unknown_charges(connection: sa.Connection, account: str) -> Sequence[sa.RowMapping]:
    """The provider tasks of the account's attempts of which some charge is unknown (P23)."""
    statement = (
        sa.select(provider_tasks, attempts.c.method, attempts.c.created_at, attempts.c.told_nanos)
        .join(attempts, attempts.c.id == provider_tasks.c.attempt_id)
        .where(attempts.c.account == account, attempts.c.has_unknown_charge)
        .order_by(provider_tasks.c.provider_id)
    )
    return connection.execute(statement).mappings().all()


def known_attempts(connection: sa.Connection, attempt_ids: Collection[str]) -> set[str]:
    """Those of the attempts that this database knows."""
    return set(connection.execute(sa.select(attempts.c.id).where(attempts.c.id.in_(attempt_ids))).scalars())


def book(
    connection: sa.Connection, account: str, step: str, amount: Usd, *, run_id: str | None = None
) -> None:
    """Book an amount that came in (or, negative, went out) without an attempt of ours; it sums to zero.

    `run_id`: the run that it can only be of.
    """
    against = "topup" if step == TOPUP else "unexplained"
    connection.execute(
        sa.insert(ledger).values(
            account=account,
            run_id=run_id,
            step=step,
            booked_at=now(),
            provider_nanos=amount.nanos,
            **{f"{against}_nanos": -amount.nanos},
        )
    )


def first_reading(connection: sa.Connection, account: str) -> tuple[float, Mapping[str, Any]] | None:
    """When the account was read before and what was found; None: it was not."""
    statement = sa.select(readings.c.read_at, readings.c.found).where(readings.c.account == account)
    row = connection.execute(statement).one_or_none()
    return None if row is None else (row.read_at, row.found)


def keep_reading(connection: sa.Connection, account: str, found: Mapping[str, Any] | None) -> None:
    """Keep a reading for the next one to be compared with; None forgets it."""
    connection.execute(sa.delete(readings).where(readings.c.account == account))
    if found is not None:
        connection.execute(sa.insert(readings).values(account=account, read_at=now(), found=dict(found)))
