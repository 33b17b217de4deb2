"""How many Live calls may be on their way: as many as slots are free; and the slots' seeds (P25)."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.database.attempts import live_calls
from promptrelay.database.database import Database
from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.domain.platform import Platform


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """Keeps the slots of a provider account honest after Redis was restarted, and full."""

    account: str
    database: Database
    slots: LiveSlots
    per_platform: int
    lease_s: float

    def tend(self) -> None:
        """After a new Redis: tell the slots which calls may still run, then let them open (P25)."""
        if self.slots.needs_seeding():
            with self.database.read() as connection:
                running = live_calls.running(connection, self.account, lease_s=self.lease_s)
            self.slots.seed(running)

    def free(self, platform: Platform) -> int:
        """How many calls of the platform may start now, those included whose jobs are on their way."""
        return min(self.per_platform, self.slots.free(platform))
