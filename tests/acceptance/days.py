"""Days of schedules that pass in seconds: the file that PROMPTRELAY_CALENDAR_FILE names."""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo


@dataclass
class Days:
    """A calendar that runs, stands still, or jumps."""

    path: Path
    zone: ZoneInfo
    _real: float = 0.0
    _simulated: float = 0.0
    _scale: float = 0.0

    def begin(self, text: str) -> None:
        """Stand still at that wall time."""
        self._set(datetime.fromisoformat(text).replace(tzinfo=self.zone).timestamp(), 0.0)

    def run(self, *, day_s: float) -> None:
        """Let a day pass in so many seconds from now on."""
        self._set(self.now(), 86_400.0 / day_s)

    def hold(self) -> None:
        """Let time pass as it does everywhere."""
        self._set(self.now(), 1.0)

    def jump(self, **length: float) -> None:
        """Let that much time be gone at once."""
        self._set(self.now() + timedelta(**length).total_seconds(), self._scale)

    def now(self) -> float:
        return self._simulated + (time.time() - self._real) * self._scale

    def wall(self) -> str:
        return datetime.fromtimestamp(self.now(), self.zone).isoformat(sep=" ", timespec="minutes")

    def _set(self, simulated: float, scale: float) -> None:
        self._real, self._simulated, self._scale = time.time(), simulated, scale
        whole = self.path.with_suffix(".new")
        whole.write_text(f"{self._real!r} {self._simulated!r} {self._scale!r}\n")
        whole.replace(self.path)
