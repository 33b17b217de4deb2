"""What jobs are likely to cost and how long the provider's limits make them take."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.postings import Terms

CHUNK = 100
LIVE_FEE = Usd.of("0.0006")
P50_ANSWER = Usd.of("0.012")
P90_ANSWER = Usd.of("0.035")
"""The language model's charge as observed for prompts with web search; no price list is published."""
LIVE_ANSWER_S = 20.0
"""A middling Live answer; the provider allows 120 s."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range of cost, the most cash out at once, and the least time."""

    cost_p50: Usd
    cost_p90: Usd
    peak_float: Usd
    calls: int
    calls_per_minute: int
    live_slots: int
    calls_s: float
    live_s: float
    basis: str

    @property
    def at_least_s(self) -> float:
        """The time that the limits alone need; Standard answers may take up to 72 hours besides."""
        return max(self.calls_s, self.live_s)

    def to_json(self) -> dict[str, Any]:
        """Money as decimal strings in USD, times in seconds."""
        return {
            "cost": {"p50": str(self.cost_p50), "p90": str(self.cost_p90), "basis": self.basis},
            "peak_float": str(self.peak_float),
            "time": {
                "at_least_s": round(self.at_least_s, 1),
                "calls": self.calls,
                "calls_per_minute": self.calls_per_minute,
                "calls_s": round(self.calls_s, 1),
                "live_slots": self.live_slots,
                "live_s": round(self.live_s, 1),
            },
        }

    def lines(self) -> list[str]:
        """The same as text for people."""
        cost = f"${self.cost_p50} to ${self.cost_p90}, from the median and the 90th percentile of an answer"
        limits = f"{self.calls:,} calls at {self.calls_per_minute:,} a minute"
        slots = f"{self.live_slots} Live calls at once for each platform" if self.live_s else ""
        wait = "Standard answers may take up to 72 hours" if self.peak_float else ""
        time = "; ".join(filter(None, (limits, slots, wait)))
        return [
            f"Cost       {cost}",
            f"           {self.basis}",
            f"Cash out   up to ${self.peak_float} at once, with the advances that come back",
            f"Time       at least {duration(self.at_least_s)}: {time}",
        ]


def estimate(
    jobs: Mapping[Platform, tuple[Method, int]],
    *,
    max_float: Usd | None = None,
    calls_per_minute: int = 2_000,
    live_slots: int = 30,
    terms: Terms | None = None,
) -> Estimate:
    """Reckon with jobs by platform; a cap on the float bounds the cash out at once."""
    terms = terms or Terms()
    standard = sum(count for method, count in jobs.values() if method is Method.STANDARD)
    live = [count for method, count in jobs.values() if method is Method.LIVE]
    posts = sum(math.ceil(count / CHUNK) for method, count in jobs.values() if method is Method.STANDARD)
    fees = terms.fee * standard + LIVE_FEE * sum(live)
    total = standard + sum(live)
    cash_out = (terms.fee + terms.advance) * standard
    calls = posts + total
    return Estimate(
        cost_p50=fees + P50_ANSWER * total,
        cost_p90=fees + P90_ANSWER * total,
        peak_float=cash_out if max_float is None else min(cash_out, max_float),
        calls=calls,
        calls_per_minute=calls_per_minute,
        live_slots=live_slots,
        calls_s=60.0 * calls / calls_per_minute,
        live_s=LIVE_ANSWER_S * math.ceil(max(live, default=0) / live_slots),
        basis=f"an answer: ${terms.fee} (Standard) or ${LIVE_FEE} (Live) and the model's charge, observed"
        f" p50 ${P50_ANSWER} and p90 ${P90_ANSWER} with web search",
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
