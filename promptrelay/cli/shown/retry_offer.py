"""What a retry would do and cost, before anything is changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from producers.plan.estimate import Estimate, estimate, fee_of
from producers.plan.job_group import JobGroup
from promptrelay.books.forecast import History
from promptrelay.database.runs.retrying import Failures
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform


@dataclass(frozen=True, slots=True)
class Offer:
    """What a retry would do, before anything is changed."""

    run: sa.RowMapping
    chosen: Sequence[Failures]
    left: Sequence[Failures]
    """Failed for a reason that has to be named."""
    history: History
    limits: AccountTerms

    @property
    def jobs(self) -> int:
        return sum(item.jobs - item.awaited for item in self.chosen)

    @property
    def awaited(self) -> int:
        return sum(item.awaited for item in self.chosen)

    @property
    def net(self) -> Usd:
        return Usd.total(item.net for item in self.chosen)

    @property
    def paid_attempts(self) -> int:
        return sum(item.paid_attempts for item in self.chosen)

    @property
    def expected(self) -> Estimate:
        """What sending them again is likely to cost."""
        left = [item for item in self.chosen if item.jobs > item.awaited]
        return estimate(tuple(_share(item, self.history, self.limits) for item in left), self.limits)

    def reasons(self) -> dict[str, int]:
        """Jobs to be sent again by reason."""
        return counted(self.chosen)


def _share(item: Failures, known: History, limits: AccountTerms) -> JobGroup:
    platform, method = Platform(item.platform), Method(item.method)
    charge = known.of(platform, method, item.model)
    return JobGroup(platform, method, item.model, item.jobs - item.awaited, charge, fee_of(method, limits))


def counted(found: Sequence[Failures]) -> dict[str, int]:
    """Jobs that nothing is awaited for, by reason."""
    counts: dict[str, int] = defaultdict(int)
    for item in found:
        counts[item.reason] += item.jobs - item.awaited
    return dict(counts)
