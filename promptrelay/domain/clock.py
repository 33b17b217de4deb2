"""Time as an argument, so that a test can hold it still."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

_BOOT_ID_FILE = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True, slots=True)
class BootTime:
    """A moment by the clock that no one can set; comparable only under one boot id (P27)."""

    boot_id: str
    boot_s: float


class Clock(Protocol):
    """The wall clock and the clock that no one can set."""

    def now(self) -> float:
        """Seconds since the epoch. May jump when somebody sets the machine's clock."""

    def boottime(self) -> float:
        """Seconds since the machine started, suspension included. Never jumps (P27)."""

    def boot_id(self) -> str:
        """Names this start of the machine; `boottime` compares only under one boot id."""

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""


@dataclass(frozen=True, slots=True)
class CarriedTime:
    """The database's time at one moment, carried on by the clock that no one can set (P27)."""

    at: float
    boot_s: float

    def now(self, clock: Clock) -> float:
        """What the database's clock says now, without asking it."""
        return self.at + clock.boottime() - self.boot_s


class SystemClock:
    """The machine's own clocks; CLOCK_MONOTONIC stands in where CLOCK_BOOTTIME is missing."""

    def __init__(self) -> None:
        self._boot_clock = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
        self._boot_id = _BOOT_ID_FILE.read_text().strip() if _BOOT_ID_FILE.exists() else "unknown"

    def now(self) -> float:
        return time.time()

    def boottime(self) -> float:
        return time.clock_gettime(self._boot_clock)

    def boot_id(self) -> str:
        return self._boot_id

    def sleep(self, seconds: float) -> None:
        time.sleep(seconds)
