"""Which of the times that have passed are fired, and which nobody makes up for."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.domain.schedule import Misfire


@dataclass(frozen=True, slots=True)
class Choice:
    """Times in seconds since the epoch, the oldest first."""

    fires: tuple[float, ...]
    missed: tuple[float, ...]

    @property
    def makes_up(self) -> bool:
        """Whether several are fired, because times were missed."""
        return len(self.fires) > 1


def choose(passed: list[float], now: float, *, misfire: Misfire, most: int, grace_s: float) -> Choice:
    """What the policy makes of the times that have passed, oldest first.

    Only the newest can be in time, if it is no older than the grace: that one always fires.
    """
    in_time = bool(passed) and now - passed[-1] <= grace_s
    count = {Misfire.SKIP: int(in_time), Misfire.ONCE: 1, Misfire.ALL: max(1, most)}[misfire]
    split = max(0, len(passed) - count)
    return Choice(tuple(passed[split:]), tuple(passed[:split]))
