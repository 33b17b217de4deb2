"""One attempt's bookings under every order of its evidence: booked by event, or wanted minus booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

FEE, ADVANCE, RESERVATION = 2, 100, 300


class Evidence(NamedTuple):
    """`reply`, `answer`, `charge`, `corrected`, `absent` or `expired`; the amount is what the answer cost.

    None: the answer does not say it. A `charge` is told later, by another copy or by reconciling.
    """

    kind: str
    amount: int | None = 0


Balances = dict[str, int]


def booked_by_event(evidence: Sequence[Evidence]) -> Balances:
    """What P21 forbids: each event books its own amounts once, if the attempt's state expects it."""
    books = _Events()
    for kind, amount in evidence:
        books.apply(kind, amount)
    return {account: amount for account, amount in books.balances.items() if amount}


class _Events:
    def __init__(self) -> None:
        self.balances: Counter[str] = Counter()
        self.seen: set[str] = set()
        self.state = "sending"
        self.book("reserve", "budget", "reserved", RESERVATION)

    def book(self, event: str, source: str, target: str, amount: int) -> None:
        if event not in self.seen:
            self.seen.add(event)
            self.balances[source] -= amount
            self.balances[target] += amount

    def apply(self, kind: str, amount: int | None) -> None:
        if kind == "reply" and self.state == "sending":
            self.book("fee", "provider", "spend", FEE)
            self.book("advance", "provider", "held", ADVANCE)
            self.state = "sent"
        if kind in ("answer", "corrected"):
            self.book("llm", "provider", "spend", amount or 0)
        if kind == "answer" or (kind == "expired" and self.state == "sent"):
            self.book("return", "held", "provider", ADVANCE)
        if kind in ("answer", "absent", "expired"):
            self.book("release", "reserved", "budget", RESERVATION)
            self.state = {"answer": "settled"}.get(kind, kind)


def wanted(evidence: Sequence[Evidence], *, unknown_is_zero: bool = False) -> Balances:
    """P21: what the attempt should have moved, from its evidence alone, whatever the order.

    P23: an answer that does not say its charge gives nothing back; its advance stays held and its reservation
    stays. `unknown_is_zero` is what P23 forbids.
    """
    told = {kind for kind, _ in evidence}
    charge = _charge(evidence)
    if charge is None and "answer" in told and unknown_is_zero:
        charge = 0
    accepted = bool(told & {"reply", "answer", "charge", "corrected"})
    hidden = "answer" in told and charge is None
    closed = not hidden and bool(told & {"answer", "absent", "expired"})
    spend = (FEE if accepted else 0) + (charge or 0)
    held = ADVANCE if accepted and not closed and charge is None else 0
    reserved = 0 if closed else RESERVATION
    return {
        "spend": spend,
        "held": held,
        "provider": -spend - held,
        "reserved": reserved,
        "budget": -reserved,
    }


def _charge(evidence: Sequence[Evidence]) -> int | None:
    """The best figure that any of it tells; None while none does."""
    for best in ("corrected", "charge", "answer"):
        for kind, amount in evidence:
            if kind == best and amount is not None:
                return amount
    return None


def weight(books: Balances) -> int:
    """P22: what the attempt weighs on its run's cap: its reservation while that lasts, then what it cost."""
    return books.get("reserved", 0) or -books.get("provider", 0)


def booked_by_difference(evidence: Sequence[Evidence], *, unknown_is_zero: bool = False) -> Balances:
    """Books wanted minus booked at every step; each step sums to zero."""
    balances: Counter[str] = Counter()
    for count in range(1, len(evidence) + 1):
        target = wanted(evidence[:count], unknown_is_zero=unknown_is_zero)
        step = {account: target[account] - balances[account] for account in target}
        assert sum(step.values()) == 0
        balances.update(step)
    return {account: amount for account, amount in balances.items() if amount}
