"""How many Live calls may be on their way: the free slots and a small reserve; and the slots' seeds (P25)."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.database.attempts import live_calls
from promptrelay.database.database import Database
from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.domain.platform import Platform

RESERVE = 6


@dataclass(frozen=True, slots=True)
class LiveFeed:
    """Keeps the slots of a provider account honest after Redis was restarted, and full."""

    database: Database
    slots: LiveSlots
    per_platform: int
    lease_s: float

    def tend(self) -> None:
        """After a new Redis: tell the slots which calls may still run, then let them open (P25)."""
        if self.slots.needs_seeding():
            with self.database.read() as connection:
                running = live_calls.running(connection, lease_s=self.lease_s)
            self.slots.seed(running)

    def room(self, platform: Platform, on_the_way: int) -> int:
        """How many more jobs of the platform may be claimed."""
        return min(self.per_platform, self.slots.free(platform)) + RESERVE - on_the_way
