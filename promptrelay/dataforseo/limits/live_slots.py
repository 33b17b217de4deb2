"""Which Live calls may run at once: leases in Redis, by provider account and platform (P25).

A lease that is not given back ends by itself, later than the call it stands for can last. After Redis was
restarted or emptied nothing is handed out until the running calls are known again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Any

import redis

from promptrelay.dataforseo.errors import AllowanceUnavailable
from promptrelay.domain.clock import Clock, SystemClock
from promptrelay.domain.platform import Platform

_MICROS = 1_000_000
_PLATFORMS = tuple(Platform)


@dataclass(frozen=True, slots=True)
class Slot:
    """A lease on one of a platform's Live calls."""

    platform: Platform
    holder: str
    start_before: float
    clock: Clock

    def may_start(self) -> bool:
        """Whether the call may still start: so early that it ends before the lease does (P25)."""
        return self.clock.boottime() < self.start_before


@dataclass(frozen=True, slots=True)
class _Status:
    in_use: int
    in_use_everywhere: int
    is_open: bool
    waits_for_seeds: bool
    epoch: str


class LiveSlots:
    """The Live slots of one provider account; every method raises AllowanceUnavailable without Redis."""

    def __init__(
        self,
        redis_client: redis.Redis,
        *,
        account: str,
        per_platform: int = 30,
        total: int | None = None,
        lease_s: float = 160.0,
        start_window_s: float = 10.0,
        clock: Clock | None = None,
    ) -> None:
        if lease_s <= start_window_s:
            raise ValueError("a lease must outlast its start window by as long as a call takes")
        self._per_platform = per_platform
        self._total = total or 0
        self._lease = round(lease_s * _MICROS)
        self._start_window_s = start_window_s
        self._clock = clock or SystemClock()
        prefix = f"promptrelay:{account}:live"
        self._keys = [prefix, *(f"{prefix}:{platform}" for platform in _PLATFORMS)]
        self._scripts = {
            name: redis_client.register_script(script_text(name))
            for name in ("acquire", "status", "seed", "hold")
        }
        self._redis = redis_client
        self._epoch_to_seed = ""

    def acquire(self, platform: Platform, holder: str) -> Slot | None:
        """A slot for this holder, or None: all taken, held back, not open yet, or the holder has one."""
        asked = self._clock.boottime()  # P25: the age counts from before Redis was asked.
        limits = (self._per_platform, self._total, self._lease)
        taken = self._run("acquire", _key_no(platform), platform, holder, *limits)
        return Slot(platform, holder, asked + self._start_window_s, self._clock) if taken else None

    def release(self, slot: Slot) -> None:
        """Give a slot back early: only after a complete reply, or if nothing was sent (P25)."""
        try:
            self._redis.zrem(self._keys[_key_no(slot.platform) - 1], slot.holder)
        except redis.RedisError as error:
            raise AllowanceUnavailable(reason=type(error).__name__) from None

    def free(self, platform: Platform) -> int:
        """How many calls to the platform could start now; 0 while closed or held back."""
        status = self._status(platform)
        here = self._per_platform - status.in_use
        everywhere = self._total - status.in_use_everywhere if self._total else here
        return max(0, min(here, everywhere)) if status.is_open else 0

    def needs_seeding(self) -> bool:
        """Whether the start window after a new Redis is over and the slots wait to be told what runs.

        Ask this first, then read the running calls from SQL, then call `seed` on the same object.
        """
        status = self._status(_PLATFORMS[0])
        self._epoch_to_seed = status.epoch if status.waits_for_seeds else ""
        return status.waits_for_seeds

    def seed(self, occupied: Mapping[Platform, Sequence[tuple[str, float]]]) -> bool:
        """Occupy a slot for each running call (holder, seconds left of its lease) and open the slots.

        Returns False, and changes nothing, if they were opened by another or Redis was lost once more
        since `needs_seeding`: what was read from SQL then may be too old.
        """
        seeds = [
            part
            for platform, holders in occupied.items()
            for holder, left_s in holders
            for part in (_key_no(platform), holder, round(left_s * _MICROS))
        ]
        return bool(self._epoch_to_seed) and bool(self._run("seed", self._epoch_to_seed, *seeds))

    def hold_back(self, platform: Platform, seconds: float) -> None:
        """Hand out no slot of the platform for that long, after the provider counted too many (40209)."""
        self._run("hold", platform, round(seconds * _MICROS))

    def _status(self, platform: Platform) -> _Status:
        used, everywhere, is_open, waits, epoch = self._run("status", _key_no(platform), platform)
        text = epoch.decode("ascii") if isinstance(epoch, bytes) else str(epoch)
        return _Status(int(used), int(everywhere), bool(is_open), bool(waits), text)

    def _run(self, name: str, *arguments: str | int) -> Any:
        try:
            window = round(self._start_window_s * _MICROS)
            return self._scripts[name](keys=self._keys, args=[window, *arguments])
        except redis.RedisError as error:
            raise AllowanceUnavailable(reason=type(error).__name__) from None


def script_text(name: str) -> str:
    """The script of that name, behind the part that all of them share."""
    room = files(__package__)
    epoch = room.joinpath("live_slots_epoch.lua").read_text("utf-8")
    return epoch + room.joinpath(f"live_slots_{name}.lua").read_text("utf-8")


def _key_no(platform: Platform) -> int:
    """Where the platform's set stands in KEYS, which count from 1 and start with the hash."""
    return _PLATFORMS.index(platform) + 2
