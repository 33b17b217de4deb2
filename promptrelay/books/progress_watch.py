"""Looks at a run's progress again and again, and the more seldom the longer a look takes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from promptrelay.books.progress import Progress
from promptrelay.domain.clock import Clock

SHARE = 0.05
"""So much of the time is spent on looking: what counts a million rows must not do so twice a second."""
REST_S_MAX = 10.0


@dataclass(slots=True)
class ProgressWatch:
    """The last look, taken anew when its rest is over."""

    look: Callable[[], Progress]
    clock: Clock
    _last: Progress | None = None
    _again_at: float = field(default=0.0)

    def now(self) -> Progress:
        """How far the run is, at most `REST_S_MAX` old. Raises what `look` raises."""
        began = self.clock.boottime()
        if self._last is None or began >= self._again_at:
            self._last = self.look()
            ended = self.clock.boottime()
            self._again_at = ended + min((ended - began) / SHARE, REST_S_MAX)
        return self._last
