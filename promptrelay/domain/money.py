"""Money as integers of nano-dollars; floats never touch it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

NANOS_PER_USD = 1_000_000_000
_LARGEST_EXPONENT = 9
_EXACT = Context(prec=1_000)


@dataclass(frozen=True, order=True, slots=True)
class Usd:
    """An exact amount in US dollars, kept as whole nano-dollars; may be negative."""

    nanos: int = 0

    @classmethod
    def of(cls, amount: Decimal | int | str) -> Usd:
        """The amount rounded half-even to a nano-dollar, once, at the wire (P23). Raises ValueError."""
        if isinstance(amount, float):
            raise TypeError("money is never a float")
        try:
            exact = Decimal(amount)
        except InvalidOperation as error:
            raise ValueError(f"not an amount of money: {amount!r}") from error
        if not exact.is_finite() or exact.adjusted() > _LARGEST_EXPONENT:
            raise ValueError(f"not an amount of money: {amount!r}")
        # Shifting the point is exact, whatever the number of digits: the figure is rounded only once.
        return cls(int(exact.scaleb(9, _EXACT).to_integral_value(ROUND_HALF_EVEN, _EXACT)))

    @classmethod
    def total(cls, amounts: Iterable[Usd]) -> Usd:
        """The sum; zero for nothing."""
        return cls(sum(amount.nanos for amount in amounts))

    def __add__(self, other: Usd) -> Usd:
        return Usd(self.nanos + other.nanos)

    def __sub__(self, other: Usd) -> Usd:
        return Usd(self.nanos - other.nanos)

    def __neg__(self) -> Usd:
        return Usd(-self.nanos)

    def __mul__(self, count: int) -> Usd:
        return Usd(self.nanos * count)

    def __bool__(self) -> bool:
        return self.nanos != 0

    def __str__(self) -> str:
        """Decimal dollars in full precision without trailing zeros: `0.0102`, `-3`, `0`."""
        sign = "-" if self.nanos < 0 else ""
        whole, rest = divmod(abs(self.nanos), NANOS_PER_USD)
        return f"{sign}{whole}.{rest:09d}".rstrip("0").rstrip(".")


ZERO = Usd(0)
