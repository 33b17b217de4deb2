"""The stand-in's time."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

Now = Callable[[], float]


def running_clock() -> Now:
    """Gives a clock in Unix seconds that starts at the wall clock and never jumps."""
    start = time.time() - time.monotonic()
    return lambda: start + time.monotonic()


def stamp(moment: float | None) -> str | None:
    """Writes a moment as the provider does: `2025-07-17 11:58:28 +00:00`."""
    return f"{datetime.fromtimestamp(moment, UTC):%Y-%m-%d %H:%M:%S} +00:00" if moment is not None else None
