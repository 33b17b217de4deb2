"""An answer in hand: what is stored of it, and what it proves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.answers.segment import Line
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire.reply import Entry
from promptrelay.domain.evidence import Answered, Placement
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.tag import Tag

AttemptFacts = sa.RowMapping | Mapping[str, Any]
"""An attempt's `id`, `job_id`, `run_id`, `platform` and `method`: a row has them, and so has its sender."""


@dataclass(frozen=True, slots=True)
class Collected:
    """An answer in hand, with the row of the attempt that it belongs to."""

    attempt: AttemptFacts
    provider_id: str
    entry: Entry
    received_at: float

    @property
    def spent(self) -> Usd | None:
        """The language model's charge, as the answer says it; None when it does not (P23).

        Where there is no answer, and the provider says at no cost that there is none, nothing was charged.
        """
        if self.entry.result is not None:
            return self.entry.result.money_spent
        is_empty = policy_for(self.entry.status_code, call=Call.GET) is Policy.EMPTY
        return ZERO if is_empty and self.entry.cost == ZERO else None

    def is_of(self, deployment: str) -> bool:
        """P8: whether its tag is the attempt's, or it has none."""
        row = self.attempt
        return self.entry.tag in (None, str(Tag(deployment, row["run_id"], row["job_id"], row["id"])))

    def line(self) -> Line:
        """The answer as it is stored."""
        row = self.attempt
        return Line(
            attempt_id=row["id"],
            job_id=row["job_id"],
            run_id=row["run_id"],
            platform=row["platform"],
            method=row["method"],
            provider_id=self.provider_id,
            received_at=self.received_at,
            entry=self.entry.raw,
        )

    def answered(self, placement: Placement) -> Answered:
        """The evidence in a Standard answer that is stored there."""
        return Answered(
            attempt_id=self.attempt["id"],
            provider_id=self.provider_id,
            spent=self.spent,
            cost=self.entry.cost or None,
            status_code=self.entry.status_code or 0,
            placement=placement,
            received_at=self.received_at,
        )
