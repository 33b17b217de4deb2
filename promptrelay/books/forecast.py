"""What an answer is likely to cost: from our own settled answers, else from published figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

import sqlalchemy as sa

from promptrelay.database.schema import attempts, provider_tasks
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform

ENOUGH = 20
"""Fewer settled answers than that say too little about the next one."""
_NEWEST = 20_000
"""Prices change, and reading more would take longer than a plan should."""

Kind = tuple[Platform, Method, str]


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


@dataclass(frozen=True, slots=True)
class History:
    """The charges of the newest settled answers of one account, by platform, method and model."""

    charges: Mapping[Kind, tuple[int, ...]] = field(default_factory=dict)

    def of(self, platform: Platform, method: Method, model: str, *, searches: bool = False) -> Charge:
        """The charge of the model's own answers if there are enough, else of its platform and method's."""
        own = self.charges.get((platform, method, model), ())
        if len(own) >= ENOUGH:
            return _charge(own, model)
        alike = [found for kind, found in self.charges.items() if kind[:2] == (platform, method)]
        if sum(map(len, alike)) >= ENOUGH:
            return _charge(chain.from_iterable(alike), f"{platform}'s models, {method}")
        return SEARCHING if searches else PLAIN


def history(connection: sa.Connection, account: str) -> History:
    """The charges of answers among the account's newest 20,000 sendings; some tens of milliseconds."""
    newest = (
        sa.select(attempts.c.id, attempts.c.platform, attempts.c.method, attempts.c.model)
        .where(attempts.c.account == account)
        .order_by(attempts.c.id.desc())
        .limit(_NEWEST)
        .subquery()
    )
    statement = (
        sa.select(newest.c.platform, newest.c.method, newest.c.model, provider_tasks.c.spent_nanos)
        .join(provider_tasks, provider_tasks.c.attempt_id == newest.c.id)
        .where(provider_tasks.c.spent_nanos.is_not(None))
    )
    found: dict[Kind, list[int]] = defaultdict(list)
    for platform, method, model, nanos in connection.execute(statement):
        found[Platform(platform), Method(method), model].append(nanos)
    return History({kind: tuple(charges) for kind, charges in found.items()})


def percentile(charges: Sequence[int], percent: int) -> Usd:
    """The nearest-rank percentile of sorted charges: the smallest that so many percent do not exceed."""
    rank = -(-len(charges) * percent // 100)
    return Usd(charges[max(rank, 1) - 1])


def _charge(charges: Iterable[int], of: str) -> Charge:
    found = sorted(charges)
    mean = Usd(-(-sum(found) // len(found)))
    return Charge(percentile(found, 50), percentile(found, 90), mean, len(found), of)
