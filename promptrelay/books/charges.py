"""The language model's charge for one answer: of our own answers, or as published."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from promptrelay.domain.money import Usd


@dataclass(frozen=True, slots=True)
class Charge:
    """The language model's charge for one answer, without the provider's fee."""

    p50: Usd
    p90: Usd
    mean: Usd | None = None
    """None where only published figures are known."""
    answers: int = 0
    """Settled answers of ours that this rests on; 0: published figures."""
    of: str = ""
    """Whose answers: the model's, or those of all models of the platform and method."""

    @property
    def basis(self) -> str:
        """Where the figures come from, in words."""
        if not self.answers:
            return f"published figures{f' {self.of}' if self.of else ''}"
        return f"{self.answers:,} own answers of {self.of}"


PLAIN = Charge(Usd.of("0.012"), Usd.of("0.035"))
SEARCHING = Charge(Usd.of("0.03"), Usd.of("0.04"), of="with web search")
"""No price list is published: these are charges in the provider's examples and in public notes."""


def percentile(charges: Sequence[int], percent: int) -> Usd:
    """The nearest-rank percentile of sorted charges: the smallest that so many percent do not exceed."""
    rank = -(-len(charges) * percent // 100)
    return Usd(charges[max(rank, 1) - 1])


def charge_of(charges: Iterable[int], of: str) -> Charge:
    """The charge that these nano-dollars of our own answers tell of."""
    found = sorted(charges)
    mean = Usd(-(-sum(found) // len(found)))
    return Charge(percentile(found, 50), percentile(found, 90), mean, len(found), of)
