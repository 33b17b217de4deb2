"""What the attempts of a run set aside under its caps while their costs are unknown (P22)."""

from __future__ import annotations

from dataclasses import dataclass

from producers.plan.estimate import job_groups
from producers.plan.survey import Survey
from promptrelay.books.forecast import History
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method


@dataclass(frozen=True, slots=True, kw_only=True)
class Reserves:
    """What each attempt of one run sets aside."""

    standard: Usd
    advance: Usd
    """The cash that a Standard attempt puts out, with its fee; of a Live one it is all that it costs."""
    live: Usd

    def to_columns(self) -> dict[str, int]:
        """The run's columns."""
        return {
            "reserve_standard_nanos": self.standard.nanos,
            "reserve_float_nanos": self.advance.nanos,
            "reserve_live_nanos": self.live.nanos,
        }


def reserves(found: Survey, past: History, limits: AccountTerms) -> Reserves:
    """The limits' own figure, else what nine in ten answers of the run's dearest kind cost.

    Standard sets aside fee and advance at least. `found` has jobs.
    """
    advance = limits.prices.fee + limits.prices.advance
    standard = live = limits.reserve
    if standard is None or live is None:
        costs = [(share.method, share.fee + share.charge.p90) for share in job_groups(found, past, limits)]
        # The method that the run does not use takes the other's, so that no attempt sets nothing aside.
        most = max(cost for _, cost in costs)
        standard = max((cost for method, cost in costs if method is Method.STANDARD), default=most)
        live = max((cost for method, cost in costs if method is Method.LIVE), default=most)
    return Reserves(standard=max(standard, advance), advance=advance, live=live)
