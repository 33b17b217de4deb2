"""What jobs are likely to cost and how long the provider's limits make them take."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass
from typing import Any

from producers.plan.job_group import JobGroup
from producers.plan.survey import Survey
from promptrelay.books.forecast import History
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform

CHUNK = 100
LIVE_ANSWER_S = 20.0
"""A middling Live answer; the provider allows 120 s."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A range of cost, the most cash out at once, and the least time."""

    groups: tuple[JobGroup, ...]
    peak_float: Usd
    calls: int
    live_s: float
    limits: AccountTerms

    @property
    def jobs(self) -> int:
        """Answers that would be paid for."""
        return sum(share.jobs for share in self.groups)

    @property
    def cost_p50(self) -> Usd:
        """The expected cost."""
        return Usd.total(share.cost_p50 for share in self.groups)

    @property
    def cost_p90(self) -> Usd:
        """The cost if every answer were a dear one."""
        return Usd.total(share.cost_p90 for share in self.groups)

    @property
    def cost_mean(self) -> Usd | None:
        """What answers like those so far come to together; None without own answers of every share."""
        means = [(share, share.charge.mean) for share in self.groups]
        if any(mean is None for _, mean in means):
            return None
        return Usd.total((share.fee + mean) * share.jobs for share, mean in means if mean is not None)

    @property
    def basis(self) -> str:
        """Where the figures come from, in words."""
        own = sum(share.jobs for share in self.groups if share.charge.answers)
        return f"own answers for {own:,} of {self.jobs:,} jobs, published figures for the rest"

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
        return {
            "cost": {
                "p50": str(self.cost_p50),
                "p90": str(self.cost_p90),
                "mean": None if self.cost_mean is None else str(self.cost_mean),
                "basis": self.basis,
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


def fee_of(method: Method, limits: AccountTerms) -> Usd:
    """The provider's own price of one task or call."""
    return limits.prices.fee if method is Method.STANDARD else limits.prices.live_fee


def job_groups(found: Survey, past: History, limits: AccountTerms) -> tuple[JobGroup, ...]:
    """The jobs by platform, method and model; those that search apart where they are likely to cost more."""
    made: list[JobGroup] = []
    for (platform, method, model), jobs in found.jobs.items():
        fee = fee_of(method, limits)
        plain, dearer = (past.of(platform, method, model, searches=on) for on in (False, True))
        many = 0 if plain == dearer else found.searching.get((platform, method, model), 0)
        for count, charge in ((jobs - many, plain), (many, dearer)):
            if count:
                made.append(JobGroup(platform, method, model, count, charge, fee))
    return tuple(made)


def estimate(found: tuple[JobGroup, ...], limits: AccountTerms, *, max_float: Usd | None = None) -> Estimate:
    """Reckon with the shares; a cap on the float bounds the cash out at once."""
    standard = _jobs_by_platform(found, Method.STANDARD)
    live = _jobs_by_platform(found, Method.LIVE)
    posts = sum(math.ceil(count / CHUNK) for count in standard.values())
    cash_out = (limits.prices.fee + limits.prices.advance) * standard.total()
    return Estimate(
        groups=found,
        peak_float=cash_out if max_float is None else min(cash_out, max_float),
        # Each Standard answer is fetched by one call, and each Live one is one.
        calls=posts + standard.total() + live.total(),
        live_s=LIVE_ANSWER_S * math.ceil(max(live.values(), default=0) / limits.live_slots),
        limits=limits,
    )


def _jobs_by_platform(found: tuple[JobGroup, ...], method: Method) -> Counter[Platform]:
    counts: Counter[Platform] = Counter()
    for share in found:
        if share.method is method:
            counts[share.platform] += share.jobs
    return counts
