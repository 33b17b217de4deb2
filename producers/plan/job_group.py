"""The jobs of a campaign that are likely to cost the same each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from promptrelay.books.charges import Charge
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform


@dataclass(frozen=True, slots=True)
class JobGroup:
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
        return {
            "model": self.model,
            "jobs": self.jobs,
            "cost": {"p50": str(self.cost_p50), "p90": str(self.cost_p90)},
            "answer": {
                "fee": str(self.fee),
                "p50": str(self.charge.p50),
                "p90": str(self.charge.p90),
                "basis": self.charge.basis,
                "own_answers": self.charge.answers,
            },
        }
