"""What an answer is likely to cost: from our own settled answers, else from published figures."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain

import sqlalchemy as sa

from promptrelay.books.charges import PLAIN, SEARCHING, Charge, charge_of
from promptrelay.database.schema import attempts, provider_tasks, runs
from promptrelay.domain.platform import Method, Platform

ENOUGH = 20
"""Fewer settled answers than that say too little about the next one."""
_NEWEST = 20_000
"""Prices change, and reading more would take longer than a plan should."""

Kind = tuple[Platform, Method, str]


@dataclass(frozen=True, slots=True)
class History:
    """The charges of the newest settled answers of one account, by platform, method and model."""

    charges: Mapping[Kind, tuple[int, ...]] = field(default_factory=dict)

    def of(self, platform: Platform, method: Method, model: str, *, searches: bool = False) -> Charge:
        """The charge of the model's own answers if there are enough, else of its platform and method's."""
        own = self.charges.get((platform, method, model), ())
        if len(own) >= ENOUGH:
            return charge_of(own, model)
        alike = [found for kind, found in self.charges.items() if kind[:2] == (platform, method)]
        if sum(map(len, alike)) >= ENOUGH:
            return charge_of(chain.from_iterable(alike), f"{platform}'s models, {method}")
        return SEARCHING if searches else PLAIN


def history(connection: sa.Connection, account: str) -> History:
    """The charges of answers among the account's newest 20,000 sendings; some tens of milliseconds."""
    hidden = sa.select(runs.c.id).where(runs.c.witness)
    newest = (
        sa.select(attempts.c.id, attempts.c.platform, attempts.c.method, attempts.c.model)
        # What was sent only to be listed was asked for a word.
        .where(attempts.c.account == account, attempts.c.run_id.not_in(hidden))
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
