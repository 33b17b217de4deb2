"""What an attempt should have moved, as a pure function of what is known about it (P21, P23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method

_FEE = Usd.of("0.0002")
_ADVANCE = Usd.of("0.01")
_LIVE_FEE = Usd.of("0.0006")
_ROUNDING = Usd(1)


@dataclass(frozen=True, slots=True)
class Terms:
    """The provider's prices, and what it gives back when a Standard task fails."""

    fee: Usd = _FEE
    advance: Usd = _ADVANCE
    live_fee: Usd = _LIVE_FEE
    fee_back_on_failure: bool = False
    fee_back_at_expiry: bool = False


@dataclass(frozen=True, slots=True)
class TaskEvidence:
    """All that is known about the money of one provider task."""

    method: Method
    reported: Usd | None = None
    """The cost in the reply to the paid call; None if that reply was never read."""
    accepted: bool = True
    """False: the reply refused it. A refusal at a cost is waste."""
    answered: bool = False
    """Its answer is stored, whether or not that says what it cost."""
    spent: Usd | None = None
    """The language model's charge, as the answer says."""
    said: Usd | None = None
    """What the free call for a Standard task said that it cost in all, if that was more than nothing."""
    failed: bool = False
    """The provider said that it failed: the advance went back."""
    expired: bool = False
    """As failed, and for the passing of its 72 hours."""
    second: bool = False
    """Another task carries the same tag; this one is paid for nothing (P10)."""

    @property
    def is_decided(self) -> bool:
        """Whether the provider has answered it or said that it failed."""
        return self.answered or self.spent is not None or self.failed or self.expired

    def taken_at_first(self, terms: Terms) -> Usd:
        """What was taken for a Standard task when it was posted: as reported, else as listed."""
        return terms.fee + terms.advance if self.reported is None else self.reported

    def total(self, terms: Terms) -> Usd | None:
        """What a Standard task cost in all by `said`; that repeats the reply to the post in some APIs."""
        return None if self.said == self.taken_at_first(terms) else self.said

    def charge(self, terms: Terms) -> Usd | None:
        """The language model's charge for an answer; None while no figure tells it (P23)."""
        if self.spent is not None:
            return self.spent
        if not self.answered:
            return None
        if self.method is Method.LIVE:
            cost, fee = self.reported, terms.live_fee
        else:
            cost, fee = self.total(terms), self.taken_at_first(terms) - terms.advance
        return None if cost is None else max(ZERO, cost - fee)

    def has_unknown_charge(self, terms: Terms) -> bool:
        """Whether the provider took something for it and no figure tells how much (P23)."""
        if self.method is Method.LIVE:
            return self.accepted and self.reported is None and self.spent is None
        return self.answered and self.charge(terms) is None

    def off(self, terms: Terms) -> Usd | None:
        """What `said` tells beyond what is booked for a Standard task that has ended; None: they agree."""
        total = self.total(terms)
        if self.method is Method.LIVE or total is None or not self.is_decided:
            return None
        off = total - postings([self], terms, waste=False).net
        return None if -_ROUNDING <= off <= _ROUNDING else off


@dataclass(frozen=True, slots=True)
class Postings:
    """Amounts by ledger account; they always sum to zero."""

    provider: Usd = ZERO
    held: Usd = ZERO
    fee: Usd = ZERO
    llm: Usd = ZERO
    waste: Usd = ZERO
    witness: Usd = ZERO
    """What was sent only to be listed (P14)."""

    def __add__(self, other: Postings) -> Postings:
        return Postings(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Postings)))

    def __sub__(self, other: Postings) -> Postings:
        return Postings(*(getattr(self, f.name) - getattr(other, f.name) for f in fields(Postings)))

    def __bool__(self) -> bool:
        return any(getattr(self, f.name) for f in fields(Postings))

    @property
    def net(self) -> Usd:
        """What has left our cash at the provider and not come back."""
        return -self.provider


POSTED = tuple(field.name for field in fields(Postings))
"""The ledger accounts that attempts move."""


def postings(tasks: Iterable[TaskEvidence], terms: Terms, *, waste: bool, witness: bool = False) -> Postings:
    """The amounts that an attempt with these provider tasks should have moved.

    `waste` marks a late twin, `witness` an attempt that was sent only to be listed.
    """
    total = Postings()
    for task in tasks:
        moved = _standard(task, terms) if task.method is Method.STANDARD else _live(task, terms)
        total += _as_waste(moved) if waste or task.second else moved
    return _as_witness(total) if witness else total


def _standard(task: TaskEvidence, terms: Terms) -> Postings:
    taken = task.taken_at_first(terms)
    if not task.accepted:
        return Postings(provider=-taken, waste=taken)
    fee, charge = taken - terms.advance, task.charge(terms)
    if charge is not None:
        return Postings(provider=-(fee + charge), fee=fee, llm=charge)
    if not task.answered and (task.failed or task.expired):
        fee_back = terms.fee_back_at_expiry if task.expired else terms.fee_back_on_failure
        kept = ZERO if fee_back else fee
        return Postings(provider=-kept, fee=kept)
    # Not answered yet, or answered without a word of what came back or was taken on top (P23).
    return Postings(provider=-taken, held=terms.advance, fee=fee)


def _live(task: TaskEvidence, terms: Terms) -> Postings:
    charge, cost = task.charge(terms), task.reported
    if cost is None:
        cost = ZERO if task.spent is None else task.spent + terms.live_fee
    if charge is None:
        return Postings(provider=-cost, waste=cost)
    return Postings(provider=-cost, fee=cost - charge, llm=charge)


def _as_waste(moved: Postings) -> Postings:
    return Postings(provider=moved.provider, held=moved.held, waste=moved.fee + moved.llm + moved.waste)


def _as_witness(moved: Postings) -> Postings:
    spent = moved.fee + moved.llm + moved.waste
    return Postings(provider=moved.provider, held=moved.held, witness=spent)
