"""What an attempt should have moved, as a pure function of what is known about it (P21, P23)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields

from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method

_FEE = Usd.of("0.0002")
_ADVANCE = Usd.of("0.01")


@dataclass(frozen=True, slots=True)
class Terms:
    """The provider's prices of a Standard task, and what it gives back when one fails."""

    fee: Usd = _FEE
    advance: Usd = _ADVANCE
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
    spent: Usd | None = None
    """The language model's charge, as the answer says."""
    failed: bool = False
    """The provider said that it failed: the advance went back."""
    expired: bool = False
    """As failed, and for the passing of its 72 hours."""
    second: bool = False
    """Another task carries the same tag; this one is paid for nothing (P10)."""

    @property
    def is_decided(self) -> bool:
        """Whether the provider has answered it or said that it failed."""
        return self.spent is not None or self.failed or self.expired


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
        moved = _standard(task, terms) if task.method is Method.STANDARD else _live(task)
        total += _as_waste(moved) if waste or task.second else moved
    return _as_witness(total) if witness else total


def _standard(task: TaskEvidence, terms: Terms) -> Postings:
    charge = terms.fee + terms.advance if task.reported is None else task.reported
    if not task.accepted:
        return Postings(provider=-charge, waste=charge)
    fee = charge - terms.advance
    if task.spent is not None:
        return Postings(provider=-(fee + task.spent), fee=fee, llm=task.spent)
    if task.failed or task.expired:
        fee_back = terms.fee_back_at_expiry if task.expired else terms.fee_back_on_failure
        kept = ZERO if fee_back else fee
        return Postings(provider=-kept, fee=kept)
    return Postings(provider=-charge, held=terms.advance, fee=fee)


def _live(task: TaskEvidence) -> Postings:
    cost = task.reported or ZERO
    if task.spent is None:
        return Postings(provider=-cost, waste=cost)
    return Postings(provider=-cost, fee=cost - task.spent, llm=task.spent)


def _as_waste(moved: Postings) -> Postings:
    return Postings(provider=moved.provider, held=moved.held, waste=moved.fee + moved.llm + moved.waste)


def _as_witness(moved: Postings) -> Postings:
    spent = moved.fee + moved.llm + moved.waste
    return Postings(provider=moved.provider, held=moved.held, witness=spent)
