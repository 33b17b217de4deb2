"""The monthly cap of a schedule: what is left of it, and what its unfinished runs may still take.

A run that is over has cost what it cost. One that is not is held to what all its answers are likely to cost
at most, so that together they never pass the cap and the next one need not wait for the last straggler.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from producers.readable import dollars
from promptrelay.database.schema import NO_CAP_NANOS
from promptrelay.domain.money import Usd
from promptrelay.domain.states import UNFINISHED_RUN


@dataclass(frozen=True, slots=True)
class MonthMoney:
    """One calendar month of a schedule, in nano-dollars."""

    month: str
    cap: int
    spent: int
    """By runs of the month that are over."""
    bounds: Mapping[str, int]
    """What each unfinished run may cost at most, by run."""
    booked: int = 0
    """By all runs of the month so far."""

    @property
    def has_cap(self) -> bool:
        """Whether there is one."""
        return self.cap < NO_CAP_NANOS

    @property
    def set_aside(self) -> int:
        """What the unfinished runs may still cost."""
        return max(0, self.spent + sum(self.bounds.values()) - self.booked)

    @property
    def left(self) -> int:
        """What another run may cost; not below zero."""
        return max(0, self.cap - self.spent - sum(self.bounds.values())) if self.has_cap else NO_CAP_NANOS

    def why_not(self, expected: int) -> str | None:
        """Why a run that is expected to cost so much does not fit; None when it does."""
        if not self.has_cap or 0 < expected <= self.left:
            return None
        cap = dollars(Usd(self.cap))
        if self.left == 0:
            aside = f", and {dollars(Usd(self.set_aside))} set aside for unfinished runs"
            used = dollars(Usd(self.booked)) + (aside if self.set_aside else "")
            return f"the monthly cap of {cap} is spent: {used} in {self.month}"
        return (
            f"the monthly cap of {cap} has {_down(self.left)} left in {self.month}, and a run is expected to"
            f" cost {dollars(Usd(expected))}"
        )


def month_money(month: str, cap: int, rows: Sequence[Mapping[str, Any]]) -> MonthMoney:
    """The month's money from its runs, as `fires.month` reads them."""
    spent = 0
    bounds: dict[str, int] = {}
    for row in rows:
        booked = int(row["spent_nanos"])
        if row["state"] not in UNFINISHED_RUN:
            spent += booked
            continue
        likely = max(int(row["p90_nanos"]), booked + int(row["reserved_nanos"]))
        bounds[row["id"]] = min(int(row["max_cost_nanos"]), likely)
    return MonthMoney(month, cap, spent, bounds, sum(int(row["spent_nanos"]) for row in rows))


def _down(nanos: int) -> str:
    """Never more than there is."""
    step = 10**5
    return dollars(Usd(nanos // step * step))
