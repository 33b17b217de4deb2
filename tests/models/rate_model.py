"""The most calls in one minute when a flush of Redis may empty or fill the bucket they come from."""

from __future__ import annotations

WINDOW_S = 60


def most_calls_in_a_minute(*, rate: float, burst: int, flushes: int, missing_key_is_full: bool) -> float:
    """Steady calls, the burst once, and once more at every flush if a missing key is a full bucket."""
    return rate * WINDOW_S + burst + (burst * flushes if missing_key_is_full else 0)


def safe_rate(*, limit: int, burst: int, void_s: float) -> float:
    """P26: calls a second such that permits void after `void_s` never pass the limit in any minute."""
    return (limit - burst) / (WINDOW_S + void_s)
