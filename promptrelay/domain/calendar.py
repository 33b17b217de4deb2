"""The time that schedules live by: the database's, which a test may let run faster."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Calendar(Protocol):
    """Turns the database's time into the time of schedules, both in seconds since the epoch."""

    def at(self, now: float) -> float:
        """The schedules' time at that moment of the database's clock."""


class TrueCalendar:
    """The two are the same."""

    def at(self, now: float) -> float:
        return now


@dataclass(frozen=True, slots=True)
class ScaledCalendar:
    """Days of a test: a file says since when (here and there) and how many times faster they pass.

    The file is read each time, so that a test may stop its days, or let them jump as an outage would.
    """

    path: Path

    def at(self, now: float) -> float:
        real, simulated, scale = map(float, self.path.read_text("utf-8").split())
        return simulated + (now - real) * scale
