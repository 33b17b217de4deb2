"""Our ledger against the provider's books: how far they are apart, and by what name (P24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from promptrelay.books.charge_shares import UntoldTask, listed_difference, may_explain
from promptrelay.database.accounts.reconciling import LedgerReading
from promptrelay.dataforseo.wire.rows import IdRow, UserData
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.postings import Terms
from promptrelay.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class Difference:
    """One named part of the difference; a positive amount is more at the provider than in our ledger."""

    what: str
    amount: Usd
    count: int = 0
    run_id: str | None = None
    """The run that it can only be of."""


@dataclass(frozen=True, slots=True)
class Listed:
    """What the provider's list of tasks says about a stretch of time."""

    others: Usd = ZERO
    others_count: int = 0
    others_open: int = 0
    strangers: Usd = ZERO
    strangers_count: int = 0
    refunded: tuple[str, ...] = ()
    """Overdue attempts that the list shows to have failed: it lists what succeeded or is still waited for."""
    untold: tuple[UntoldTask, ...] = ()
    """Tasks whose answers did not tell their charge."""
    totals: Mapping[str, Usd] = field(default_factory=dict)
    """What the list says that those cost in all, by provider id, as far as it says that."""

    @property
    def unlisted(self) -> list[UntoldTask]:
        """Those that it says nothing of."""
        return [task for task in self.untold if task.provider_id not in self.totals]


@dataclass(frozen=True, slots=True)
class Reading:
    """Both books at one moment; `low` and `high` bound the difference while something moves."""

    balance: Usd
    cash: Usd
    low: Usd
    high: Usd
    moving: int
    found: tuple[Difference, ...]

    @property
    def difference(self) -> Usd:
        """What the provider holds beyond our ledger."""
        return self.balance - self.cash

    @property
    def has_untold(self) -> bool:
        """Whether it names charges that answers did not tell."""
        return any(part.what in CHARGES for part in self.found)

    @property
    def rest(self) -> Usd:
        """What no top-up and no listed task explains."""
        return Usd.total(part.amount for part in self.found if part.what not in _SEEN)


_SEEN = ("topup", "other_spender", "lost_run")
CHARGES = ("listed_charge", "unknown_charge")
"""The parts that are evidence of attempts."""
MEANINGS = {
    "topup": "paid in",
    "opening": "spent before this database kept books",
    "other_spender": "spent by others on this account",
    "lost_run": "spent by runs that this database does not know",
    "listed_charge": "charges that answers did not tell, as the provider lists them",
    "unknown_charge": "charges that neither answers nor lists tell, together",
    "late_refund": "advances that came back without a word",
    "hidden_failure": "fees of sendings taken for absent that had failed: no list shows them",
    "fee_on_failure": "fees of failed tasks, given back or kept against the settings",
    "rounding": "figures finer than a nano-dollar",
    "unknown": "no entry explains it",
}


def listed(
    rows: Iterable[IdRow], *, deployment: str, known: Iterable[str], overdue: Iterable[tuple[str, str]]
) -> Listed:
    """What the complete list says: `known` are our attempts, `overdue` pairs of attempt and provider id."""
    mine, found = set(known), list(rows)
    others, strangers, waiting = [], [], 0
    for row in found:
        tag = Tag.parse(row.tag)
        if tag is None or tag.deployment != deployment:
            others.append(row.cost or ZERO)
            waiting += row.done_at is None
        elif tag.attempt not in mine:
            strangers.append(row.cost or ZERO)
            waiting += row.done_at is None
    still_there = {row.provider_id for row in found}
    return Listed(
        others=-Usd.total(others),
        others_count=len(others),
        others_open=waiting,
        strangers=-Usd.total(strangers),
        strangers_count=len(strangers),
        refunded=tuple(key for key, provider_id in overdue if provider_id not in still_there),
    )


def compare(
    before: LedgerReading, user: UserData, after: LedgerReading, seen: Listed, terms: Terms
) -> Reading:
    """One reading: the ledger was read before and after the balance. Needs a balance."""
    assert user.balance is not None
    open_held = Usd(after.held.nanos - len(after.overdue) * terms.advance.nanos)
    apart = (user.balance - before.cash, user.balance - after.cash)
    moving = max(before.open_attempts, after.open_attempts) + seen.others_open + (before.rows != after.rows)
    slack = max(before.open_reserved, after.open_reserved) if moving else ZERO
    found = _named(user, after, seen, terms, user.balance - after.cash)
    return Reading(
        balance=user.balance,
        cash=after.cash,
        low=min(apart) - (max(open_held, ZERO) if moving else ZERO),
        high=max(apart) + slack,
        moving=moving,
        found=tuple(part for part in found if part.amount or (part.what in CHARGES and part.count)),
    )


def _named(
    user: UserData, ours: LedgerReading, seen: Listed, terms: Terms, difference: Usd
) -> Sequence[Difference]:
    paid_in = user.total - ours.topups if user.total is not None else ZERO
    parts = [
        Difference("topup", paid_in),
        Difference("other_spender", seen.others, seen.others_count),
        Difference("lost_run", seen.strangers, seen.strangers_count),
        Difference("listed_charge", listed_difference(seen.untold, seen.totals, terms), len(seen.totals)),
    ]
    rest = difference - Usd.total(part.amount for part in parts)
    late = _given_back_late(terms) * len(seen.refunded)
    # Each figure was rounded to a nano-dollar on its own.
    rounding = (ours.rows + seen.others_count + seen.strangers_count + len(seen.totals)) // 2 + 1
    if may_explain(seen.unlisted, rest - late, terms, rounding=rounding):
        refund = [Difference("late_refund", late, len(seen.refunded))]
        return [*parts, *refund, Difference("unknown_charge", rest - late, len(seen.unlisted))]
    for refunds in (late, ZERO) if late else (ZERO,):
        refund = [Difference("late_refund", refunds, len(seen.refunded))]
        left = rest - refunds
        if abs(left.nanos) <= rounding:
            return [*parts, *refund, Difference("rounding", left)]
        for amount, count in _fees(ours, terms):
            if amount and abs((left - amount).nanos) <= rounding:
                off = Difference("rounding", left - amount)
                return [*parts, *refund, Difference("fee_on_failure", amount, count), off]
        hidden = _hidden_failures(ours, terms, left, rounding)
        if hidden is not None:
            return [*parts, *refund, hidden, Difference("rounding", left - hidden.amount)]
    refund = [Difference("late_refund", late, len(seen.refunded))] if rest >= late else []
    rest = rest - Usd.total(part.amount for part in refund)
    return [*parts, *refund, Difference("opening" if ours.is_first else "unknown", rest)]


def _hidden_failures(ours: LedgerReading, terms: Terms, left: Usd, rounding: int) -> Difference | None:
    """Whole fees of no more sendings than were taken for absent; on the run, if those are all of one."""
    count = round(-left.nanos / terms.fee.nanos) if terms.fee else 0
    amount = terms.fee * -count
    if not 1 <= count <= sum(ours.absent.values()) or abs((left - amount).nanos) > rounding:
        return None
    only = next(iter(ours.absent)) if len(ours.absent) == 1 else None
    return Difference("hidden_failure", amount, count, only)


def _given_back_late(terms: Terms) -> Usd:
    """What comes back for a task that the provider gave up."""
    return terms.advance + terms.fee if terms.fee_back_at_expiry else terms.advance


def _fees(ours: LedgerReading, terms: Terms) -> Iterable[tuple[Usd, int]]:
    """A fee for each task that failed, or that expired, or for each of both: that would be no accident."""
    for count, back in (
        (ours.failed, terms.fee_back_on_failure),
        (ours.expired, terms.fee_back_at_expiry),
        (ours.failed + ours.expired, terms.fee_back_on_failure),
    ):
        yield terms.fee * (-count if back else count), count


def as_json(reading: Reading) -> dict[str, Any]:
    """The reading as JSON-ready values; money as decimal strings in USD."""
    return {
        "balance": str(reading.balance),
        "ledger": str(reading.cash),
        "difference": str(reading.difference),
        "low": str(reading.low),
        "high": str(reading.high),
        "moving": reading.moving,
        "found": [
            {"what": part.what, "amount": str(part.amount), "count": part.count} for part in reading.found
        ],
    }
