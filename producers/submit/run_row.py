"""The row of a run as its campaign wants it."""

from __future__ import annotations

from typing import Any

from producers.campaign.spec import CampaignSpec
from promptrelay.database.schema import NO_CAP_NANOS
from promptrelay.domain.money import Usd


def run_row(spec: CampaignSpec, run_id: str, fingerprint: str, generation: int) -> dict[str, Any]:
    """Everything but the options, the state and the time."""
    return {
        "id": run_id,
        "account": spec.account,
        "campaign": spec.name,
        "fingerprint": fingerprint,
        "generation": generation,
        "priority": spec.priority,
        "weight": spec.weight,
        "max_cost_nanos": cap_nanos(spec.max_cost, NO_CAP_NANOS),
        "max_float_nanos": cap_nanos(spec.max_float, NO_CAP_NANOS),
    }


def cap_nanos(cap: Usd | None, otherwise: int) -> int:
    """The cap in nano-dollars, or the number that stands for none."""
    return otherwise if cap is None else cap.nanos
