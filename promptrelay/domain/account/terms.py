"""What a provider account works under: how fast, at which prices, and what is set aside for an answer."""

from __future__ import annotations

from dataclasses import dataclass, field

from promptrelay.domain.money import Usd
from promptrelay.domain.postings import Terms


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountTerms:
    """What bounds the speed, the provider's prices of a Standard task, and what is set aside."""

    calls_per_minute: int = 2_000
    live_slots: int = 30
    prices: Terms = field(default_factory=Terms)
    reserve: Usd | None = None
    """What every answer sets aside while its cost is unknown; None: as history says."""
