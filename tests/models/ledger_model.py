"""One attempt's bookings under every order of its evidence: booked by event, or wanted minus booked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

FEE, ADVANCE, RESERVATION = 2, 100, 300


class Evidence(NamedTuple):
    """`reply`, `answer`, `corrected`, `absent` or `expired`; the amount is what the answer cost."""

    kind: str
    amount: int = 0


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

    def apply(self, kind: str, amount: int) -> None:
        if kind == "reply" and self.state == "sending":
            self.book("fee", "provider", "spend", FEE)
            self.book("advance", "provider", "held", ADVANCE)
            self.state = "sent"
        if kind in ("answer", "corrected"):
            self.book("llm", "provider", "spend", amount)
        if kind == "answer" or (kind == "expired" and self.state == "sent"):
            self.book("return", "held", "provider", ADVANCE)
        if kind in ("answer", "absent", "expired"):
            self.book("release", "reserved", "budget", RESERVATION)
            self.state = {"answer": "settled"}.get(kind, kind)


def wanted(evidence: Sequence[Evidence]) -> Balances:
    """P21: what the attempt should have moved, from its evidence alone, whatever the order."""
    found = dict(evidence)
    closed = bool(found.keys() & {"answer", "absent", "expired"})
    accepted = bool(found.keys() & {"reply", "answer"})
    spend = (FEE if accepted else 0) + found.get("corrected", found.get("answer", 0))
    held = ADVANCE if accepted and not closed else 0
    reserved = 0 if closed else RESERVATION
    return {
        "spend": spend,
        "held": held,
        "provider": -spend - held,
        "reserved": reserved,
        "budget": -reserved,
    }


def booked_by_difference(evidence: Sequence[Evidence]) -> Balances:
    """Books wanted minus booked at every step; each step sums to zero."""
    balances: Counter[str] = Counter()
    for count in range(1, len(evidence) + 1):
        target = wanted(evidence[:count])
        step = {account: target[account] - balances[account] for account in target}
        assert sum(step.values()) == 0
        balances.update(step)
    return {account: amount for account, amount in balances.items() if amount}
