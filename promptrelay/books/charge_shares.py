"""Charges that answers did not tell: from the provider's list, else as shares of what is missing (P24)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa

from promptrelay.database.attempts.provider_tasks import evidence_in
from promptrelay.dataforseo.wire.rows import IdRow
from promptrelay.domain.evidence import Charged
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import TaskEvidence, Terms, postings

_MOST_A_TASK = Usd.of(1)
"""No answer costs more: what is missing beyond that is not the charge of an answer."""


@dataclass(frozen=True, slots=True)
class UntoldTask:
    """A task of which something was taken, and no figure tells how much."""

    attempt_id: str
    provider_id: str
    created_at: float
    evidence: TaskEvidence

    def booked(self, terms: Terms) -> Usd:
        """What the ledger holds as gone for it."""
        return postings([self.evidence], terms, waste=False).net

    def least(self, terms: Terms) -> Usd:
        """What it cost at least: a Standard task its fee."""
        if self.evidence.method is Method.LIVE:
            return ZERO
        return self.evidence.taken_at_first(terms) - terms.advance

    def charged(self, total: Usd, terms: Terms) -> Charged:
        """The evidence that it cost so much in all."""
        if self.evidence.method is Method.LIVE:
            return Charged(attempt_id=self.attempt_id, provider_id=self.provider_id, cost=total)
        spent = max(ZERO, total - self.least(terms))
        return Charged(attempt_id=self.attempt_id, provider_id=self.provider_id, spent=spent)


def untold_tasks(rows: Iterable[sa.RowMapping], terms: Terms) -> tuple[UntoldTask, ...]:
    """Those of the tasks, with their attempts, whose charge is unknown."""
    found = []
    for row in rows:
        evidence = evidence_in(row)
        if evidence.reported is None and row["told_nanos"] is not None and not evidence.second:
            evidence = replace(evidence, reported=Usd(row["told_nanos"]))
        if evidence.has_unknown_charge(terms):
            found.append(UntoldTask(row["attempt_id"], row["provider_id"], row["created_at"], evidence))
    return tuple(found)


def listed_totals(rows: Iterable[IdRow], untold: Sequence[UntoldTask], terms: Terms) -> dict[str, Usd]:
    """What the provider's list says that these cost in all, by provider id, as far as it says that.

    Of a Standard task it may still show what was taken at first, which is not what it cost in the end.
    """
    wanted = {task.provider_id: task for task in untold}
    found: dict[str, Usd] = {}
    for row in rows:
        task = wanted.get(row.provider_id or "")
        if task is None or row.done_at is None or not row.cost:
            continue
        is_standard = task.evidence.method is Method.STANDARD
        if not (is_standard and row.cost == task.evidence.taken_at_first(terms)):
            found[task.provider_id] = row.cost
    return found


def listed_difference(untold: Sequence[UntoldTask], totals: Mapping[str, Usd], terms: Terms) -> Usd:
    """How much more the provider holds than our ledger for those whose cost is listed."""
    told = [task for task in untold if task.provider_id in totals]
    return Usd.total(task.booked(terms) - totals[task.provider_id] for task in told)


def may_explain(untold: Sequence[UntoldTask], difference: Usd, terms: Terms, *, rounding: int) -> bool:
    """Whether the charges of these tasks may be all of this difference."""
    beyond = _beyond_least(untold, difference, terms)
    return bool(untold) and -rounding <= beyond.nanos <= (_MOST_A_TASK * len(untold)).nanos


def shares(untold: Sequence[UntoldTask], difference: Usd, terms: Terms) -> list[Charged]:
    """The difference as the charges of these tasks, in equal shares: only their sum is known."""
    if not untold:
        return []
    each, left = divmod(max(0, _beyond_least(untold, difference, terms).nanos), len(untold))
    return [
        task.charged(task.least(terms) + Usd(each + (place < left)), terms)
        for place, task in enumerate(sorted(untold, key=lambda task: task.provider_id))
    ]


def _beyond_least(untold: Sequence[UntoldTask], difference: Usd, terms: Terms) -> Usd:
    return Usd.total(task.booked(terms) - task.least(terms) for task in untold) - difference
