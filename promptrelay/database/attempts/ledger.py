"""Books wanted minus booked, one row an evidence step, each summing to zero (P21)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from promptrelay.database.schema import LEDGER_ACCOUNTS, ledger
from promptrelay.domain.attempt import Attempt
from promptrelay.domain.money import Usd
from promptrelay.domain.postings import POSTED, Postings, Terms


@dataclass(frozen=True, slots=True)
class Booked:
    """What the ledger holds for an attempt so far."""

    postings: Postings = field(default_factory=Postings)
    sequence: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """One new ledger row: what is to be added for an attempt."""

    attempt: Attempt
    account: str
    platform: str
    name: str
    change: Postings
    sequence: int


def booked(connection: sa.Connection, attempt_ids: Collection[str]) -> dict[str, Booked]:
    """The sums and the last sequence by attempt; an attempt without rows has none booked."""
    statement = (
        sa.select(
            ledger.c.attempt_id,
            sa.func.max(ledger.c.sequence),
            *(sa.func.sum(ledger.c[f"{name}_nanos"]) for name in POSTED),
        )
        .where(ledger.c.attempt_id.in_(attempt_ids))
        .group_by(ledger.c.attempt_id)
    )
    found: dict[str, Booked] = defaultdict(Booked)
    for attempt_id, sequence, *sums in connection.execute(statement):
        found[attempt_id] = Booked(Postings(*(Usd(int(amount)) for amount in sums)), sequence)
    return found


def step(attempt: Attempt, row: sa.RowMapping, name: str, so_far: Booked, terms: Terms) -> Step | None:
    """The row that brings the ledger to what the attempt's evidence wants; None when it is there."""
    change = attempt.wanted(terms) - so_far.postings
    if not change:
        return None
    return Step(attempt, row["account"], row["platform"], name, change, so_far.sequence + 1)


def book(connection: sa.Connection, steps: Sequence[Step], *, booked_at: float) -> None:
    """Write the rows; a sequence that another wrote meanwhile fails the whole transaction."""
    if steps:
        connection.execute(sa.insert(ledger), [_row(item, booked_at) for item in steps])


def _row(item: Step, booked_at: float) -> dict[str, object]:
    amounts = {f"{name}_nanos": getattr(item.change, name).nanos for name in POSTED}
    return {
        "account": item.account,
        "attempt_id": item.attempt.id,
        "sequence": item.sequence,
        "run_id": item.attempt.run_id,
        "platform": item.platform,
        "step": item.name,
        "booked_at": booked_at,
        **amounts,
    }


def balances(connection: sa.Connection, run_id: str | None = None) -> dict[str, Usd]:
    """The balance of every ledger account, of all runs or of one."""
    statement = sa.select(
        *(sa.func.coalesce(sa.func.sum(ledger.c[f"{name}_nanos"]), 0) for name in LEDGER_ACCOUNTS)
    )
    if run_id is not None:
        statement = statement.where(ledger.c.run_id == run_id)
    sums = connection.execute(statement).one()
    return dict(zip(LEDGER_ACCOUNTS, (Usd(int(amount)) for amount in sums), strict=True))


def spending(steps: Iterable[Step]) -> dict[str, Usd]:
    """What these rows take out of the provider's cash, by provider account."""
    taken: dict[str, Usd] = defaultdict(Usd)
    for item in steps:
        taken[item.account] += item.change.net
    return taken
