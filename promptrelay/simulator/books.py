"""The provider's own books: what every task moved, exactly, and what that leaves."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Literal

from promptrelay.simulator.envelope import Json

Movement = Literal["fee", "advance", "advance_returned", "llm", "fee_refunded"]
MOVEMENTS: tuple[Movement, ...] = ("fee", "advance", "advance_returned", "llm", "fee_refunded")
_NANO = Decimal("1e-9")


@dataclass(frozen=True, slots=True)
class Charge:
    """One movement on the account: negative takes from the balance, positive gives back."""

    what: Movement
    amount: Decimal


def in_nanos(amount: Decimal) -> Decimal:
    """Rounds one figure to nano-dollars, half to even."""
    return amount.quantize(_NANO, ROUND_HALF_EVEN)


def written(amount: Decimal) -> str:
    """Writes an amount in plain digits without trailing zeros."""
    return format(amount.normalize(), "f") if amount else "0"


@dataclass
class Books:
    """Keeps the balance. Amounts have at most 18 decimals, so 28 digits hold any balance below 10 billion."""

    start: Decimal
    topups: Decimal = Decimal(0)
    adjustments: Decimal = Decimal(0)
    _exact: dict[Movement, Decimal] = field(default_factory=lambda: dict.fromkeys(MOVEMENTS, Decimal(0)))
    _nanos: dict[Movement, Decimal] = field(default_factory=lambda: dict.fromkeys(MOVEMENTS, Decimal(0)))

    def __post_init__(self) -> None:
        self.balance = self.start

    def move(self, what: Movement, amount: Decimal) -> Charge:
        """Books one signed movement of a task and gives it back for the task's own list."""
        self.balance += amount
        self._exact[what] += amount
        self._nanos[what] += in_nanos(amount)
        return Charge(what, amount)

    def top_up(self, amount: Decimal) -> None:
        """Adds money to the account."""
        self.topups += amount
        self.balance += amount

    def set_balance(self, amount: Decimal) -> None:
        """Makes the balance this amount; the difference is booked as an adjustment."""
        self.adjustments += amount - self.balance
        self.balance = amount

    def summary(self) -> Json:
        """Shows the balance and the totals, exact and as the sum of figures rounded to nano-dollars."""
        return {
            "balance": written(self.balance),
            "balance_nano_rounded": written(self.start + self.topups + self.adjustments + _net(self._nanos)),
            "start_balance": written(self.start),
            "topups": written(self.topups),
            "adjustments": written(self.adjustments),
            "exact": _totals(self._exact),
            "nano_rounded": _totals(self._nanos),
        }


def _net(moved: dict[Movement, Decimal]) -> Decimal:
    return sum(moved.values(), Decimal(0))


def _totals(moved: dict[Movement, Decimal]) -> Json:
    refunds = moved["advance_returned"] + moved["fee_refunded"]
    return {
        "fees": written(-moved["fee"]),
        "advances": written(-moved["advance"]),
        "advances_returned": written(moved["advance_returned"]),
        "advances_out": written(-(moved["advance"] + moved["advance_returned"])),
        "llm": written(-moved["llm"]),
        "fees_refunded": written(moved["fee_refunded"]),
        "refunds": written(refunds),
        "charged": written(refunds - _net(moved)),
        "net": written(-_net(moved)),
    }
