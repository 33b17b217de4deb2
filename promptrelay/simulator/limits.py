"""How many calls and how many simultaneous Live calls the account has; always in real seconds."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from promptrelay.simulator.envelope import Json

MINUTE_S = 60.0


@dataclass
class Window:
    """Counts calls in the 60 seconds up to now, and remembers the most it ever held."""

    most: int = 0
    _times: deque[float] = field(default_factory=deque)

    def held(self, now: float) -> int:
        """Says how many calls lie within the last 60 seconds."""
        while self._times and self._times[0] <= now - MINUTE_S:
            self._times.popleft()
        return len(self._times)

    def add(self, now: float) -> None:
        """Counts one call."""
        held = self.held(now) + 1
        self._times.append(now)
        self.most = max(self.most, held)

    def take(self, now: float, limit: int) -> bool:
        """Counts the call if it stays within the limit; a refused call does not count."""
        if self.held(now) >= limit:
            return False
        self.add(now)
        return True


@dataclass
class LiveSlots:
    """Counts the Live calls of one platform that run at once, and for how long each number lasted."""

    running: int = 0
    most: int = 0
    refused: int = 0
    _since: float | None = None
    _lasted_s: dict[int, float] = field(default_factory=dict)

    def enter(self, now: float, limit: int) -> bool:
        """Takes a slot if one is free."""
        if self.running >= limit:
            self.refused += 1
            return False
        self._pass(now)
        self.running += 1
        self.most = max(self.most, self.running)
        return True

    def leave(self, now: float) -> None:
        """Gives a slot back."""
        self._pass(now)
        self.running -= 1

    def summary(self, now: float) -> Json:
        """Shows the most at once, and the seconds spent at each number and at or above 25 and 30."""
        self._pass(now)
        lasted = sorted(self._lasted_s.items())
        return {
            "running": self.running,
            "max_simultaneous": self.most,
            "refused_40209": self.refused,
            "seconds_at": {str(level): round(s, 3) for level, s in lasted},
            "seconds_at_or_above": {
                str(bar): round(sum(s for level, s in lasted if level >= bar), 3) for bar in (1, 25, 30)
            },
        }

    def _pass(self, now: float) -> None:
        if self._since is not None:
            self._lasted_s[self.running] = self._lasted_s.get(self.running, 0.0) + now - self._since
        self._since = now
