"""What jobs are likely to cost and how long the provider's limits make them take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from producers.outlook import Limits
from promptrelay.books.forecast import Charge
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform

CHUNK = 100
LIVE_FEE = Usd.of("0.0006")
LIVE_ANSWER_S = 20.0
"""A middling Live answer; the provider allows 120 s."""

Kind = tuple[Platform, Method, str]


@dataclass(frozen=True, slots=True)
class Share:
    """The jobs of one platform, method and model, and what they are likely to cost."""

    platform: Platform
    method: Method
    model: str
    jobs: int
    charge: Charge
    fee: Usd
    """The provider's, for each."""

    @property
    def cost_p50(self) -> Usd:
        """If every answer costs what the median one does."""
        return (self.fee + self.charge.p50) * self.jobs

    @property
    def cost_p90(self) -> Usd:
        """If every answer costs what only one in ten exceeds."""
        return (self.fee + self.charge.p90) * self.jobs

    def to_json(self) -> dict[str, Any]:
        """Money as decimal strings in USD."""
        basis = "own answers" if self.charge.answers else "published figures"
        return {
            "jobs": self.jobs,
            "cost": {"p50": str(self.cost_p50), "p90": str(self.cost_p90)},
            "answer": {
                "fee": str(self.fee),
                "p50": str(self.charge.p50),
                "p90": str(self.charge.p90),
                "basis": basis,
                "answers": self.charge.answers,
                "of": self.charge.of or None,
            },
        }


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range of cost, the most cash out at once, and the least time."""

    shares: tuple[Share, ...]
    peak_float: Usd
    calls: int
    live_s: float
    limits: Limits

    @property
    def jobs(self) -> int:
        """Answers that would be paid for."""
        return sum(share.jobs for share in self.shares)

    @property
    def cost_p50(self) -> Usd:
        """The expected cost."""
        return Usd.total(share.cost_p50 for share in self.shares)

    @property
    def cost_p90(self) -> Usd:
        """The cost if every answer were a dear one."""
        return Usd.total(share.cost_p90 for share in self.shares)

    @property
    def calls_s(self) -> float:
        """The time that the limit on calls needs."""
        return 60.0 * self.calls / self.limits.calls_per_minute

    @property
    def at_least_s(self) -> float:
        """The time that the limits alone need; Standard answers may take up to 72 hours besides."""
        return max(self.calls_s, self.live_s)

    def to_json(self) -> dict[str, Any]:
        """Money as decimal strings in USD, times in seconds."""
        own = sum(share.jobs for share in self.shares if share.charge.answers)
        return {
            "cost": {
                "p50": str(self.cost_p50),
                "p90": str(self.cost_p90),
                "basis": f"own answers for {own} of {self.jobs} jobs, published figures for the others",
            },
            "peak_float": str(self.peak_float),
            "time": {
                "at_least_s": round(self.at_least_s, 1),
                "calls": self.calls,
                "calls_per_minute": self.limits.calls_per_minute,
                "calls_s": round(self.calls_s, 1),
                "live_slots": self.limits.live_slots,
                "live_s": round(self.live_s, 1),
            },
        }


def estimate(
    jobs: Mapping[Kind, int], charges: Mapping[Kind, Charge], limits: Limits, *, max_float: Usd | None = None
) -> Estimate:
    """Reckon with jobs by kind; a cap on the float bounds the cash out at once."""
    terms = limits.terms
    shares = tuple(
        Share(*kind, count, charges[kind], terms.fee if kind[1] is Method.STANDARD else LIVE_FEE)
        for kind, count in jobs.items()
        if count
    )
    by_platform: dict[tuple[Platform, Method], int] = {}
    for share in shares:
        place = (share.platform, share.method)
        by_platform[place] = by_platform.get(place, 0) + share.jobs
    standard = [count for (_, method), count in by_platform.items() if method is Method.STANDARD]
    live = [count for (_, method), count in by_platform.items() if method is Method.LIVE]
    posts = sum(math.ceil(count / CHUNK) for count in standard)
    cash_out = (terms.fee + terms.advance) * sum(standard)
    return Estimate(
        shares=shares,
        peak_float=cash_out if max_float is None else min(cash_out, max_float),
        # Each Standard answer is fetched by one call, and each Live one is one.
        calls=posts + sum(standard) + sum(live),
        live_s=LIVE_ANSWER_S * math.ceil(max(live, default=0) / limits.live_slots),
        limits=limits,
    )


def duration(seconds: float) -> str:
    """The time in the two units that say most: `2 h 5 min`, `40 s`."""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86_400, whole // 3_600 % 24, whole // 60 % 60
    if days:
        return f"{days} d {hours} h"
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {whole % 60} s" if minutes else f"{whole} s"
