"""How many calls a provider account may make, shared by all processes through Redis (P26).

A slot is reserved, waited for, and used within a moment; so no window of a minute holds more calls than the
limit, also after everything in Redis is lost.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

import redis

from promptrelay.dataforseo.errors import AllowanceUnavailable
from promptrelay.domain.clock import Clock, SystemClock

HORIZON_S = 2.0
"""The furthest ahead a slot is reserved; after a loss of Redis the first slot lies behind all of them."""
VOID_S = 0.25
"""How long after its slot a permit may still be used."""
SPARE_S = 0.03
"""How far ahead a share may reserve what others have left over: they never wait longer for their part."""
_MICROS = 1_000_000
_SCRIPT = files(__package__).joinpath("gcra.lua").read_text("utf-8")


class Share(StrEnum):
    """Who takes a call; each has a guaranteed part, and what it leaves the others may use."""

    POSTING = "posting"
    """Standard tasks on their way out."""
    COLLECTING = "collecting"
    """Everything free: answers, lists, the account."""
    LIVE = "live"
    """Live calls."""


GUARANTEED = {Share.POSTING: 0.3, Share.COLLECTING: 0.4, Share.LIVE: 0.3}


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to make one call now."""

    fresh_until: float
    clock: Clock

    def is_fresh(self) -> bool:
        """Whether it may still be used; a stale one is void: take another (P26)."""
        return self.clock.boottime() <= self.fresh_until


class _Bucket:
    """One GCRA in Redis. Raises AllowanceUnavailable whenever Redis does not answer: no answer, no call."""

    def __init__(  # noqa: PLR0913 -- the numbers of one limit belong together
        self,
        client: redis.Redis,
        key: str,
        *,
        limit: int,
        burst: int,
        window_s: float,
        horizon_s: float,
        first_s: float | None,
        void_s: float,
        clock: Clock,
    ) -> None:
        if limit < 1 or burst < 1:
            raise ValueError(f"a limit of {limit} calls with a burst of {burst}")
        window = window_s + void_s
        self.interval_s = window / (limit - burst) if limit > burst else window + void_s
        self.burst = burst
        self.horizon_s = horizon_s
        self._first_s = burst * self.interval_s + horizon_s if first_s is None else first_s
        self._void_s = void_s
        self._key = key
        self._clock = clock
        self._script = client.register_script(_SCRIPT)

    def take(self, *, wait_s: float, share: str = "", part: float = 1.0) -> Permit | None:
        """A permit whose slot has come, slept for; None if it would come later than `wait_s`."""
        give_up = self._clock.boottime() + wait_s
        while True:
            asked = self._clock.boottime()
            granted, seconds = self._ask(share, part, max(0.0, give_up - asked))
            answered = self._clock.boottime()
            if granted:
                # Redis counted from a moment between the two: sleep from the later, expire from the earlier.
                self._clock.sleep(seconds)
                return Permit(asked + seconds + self._void_s, self._clock)
            if answered + seconds >= give_up:
                return None
            self._clock.sleep(min(seconds * random.uniform(1.0, 1.2), give_up - answered))

    def push_back(self, seconds: float) -> None:
        """Grant nobody a slot for that long."""
        self._run("", 1.0, self.horizon_s, push_s=seconds)

    def _ask(self, share: str, part: float, wait_s: float) -> tuple[bool, float]:
        return self._run(share, part, min(wait_s, self.horizon_s), push_s=0.0)

    def _run(self, share: str, part: float, ahead_s: float, *, push_s: float) -> tuple[bool, float]:
        own_burst = max(1, round(self.burst * part))
        seconds = (self.interval_s, ahead_s, self._first_s, self.interval_s / part, SPARE_S, push_s)
        interval, ahead, first, own_interval, spare, push = (round(value * _MICROS) for value in seconds)
        arguments: list[int | str] = [
            interval,
            self.burst,
            ahead,
            first,
            share,
            own_interval,
            own_burst,
            spare,
            push,
        ]
        try:
            granted, micros = self._script(keys=[self._key], args=arguments)
        except redis.RedisError as error:
            raise AllowanceUnavailable(reason=type(error).__name__) from None
        return bool(int(granted)), int(micros) / _MICROS


class RateAllowance:
    """All calls of a provider account: at most `calls_per_minute` in any minute."""

    def __init__(
        self,
        redis_client: redis.Redis,
        *,
        account: str,
        calls_per_minute: int = 2000,
        clock: Clock | None = None,
        window_s: float = 60.0,
    ) -> None:
        self._bucket = _Bucket(
            redis_client,
            f"promptrelay:{account}:calls",
            limit=calls_per_minute,
            burst=max(1, min(20, calls_per_minute // 60)),
            window_s=window_s,
            horizon_s=HORIZON_S,
            first_s=None,
            void_s=VOID_S,
            clock=clock or SystemClock(),
        )

    def take(self, share: Share, *, wait_s: float) -> Permit | None:
        """Leave for one call, after sleeping until its slot; None, and nothing reserved, if that would take
        longer than `wait_s`. Raises AllowanceUnavailable."""
        return self._bucket.take(wait_s=wait_s, share=share, part=GUARANTEED[share])

    def push_back(self, seconds: float) -> None:
        """Make everybody wait, after the provider said that there were too many calls (40202)."""
        self._bucket.push_back(seconds)


class EndpointAllowance:
    """A list of the provider with a small limit of its own, such as 20 calls a minute.

    Starts at once, also after Redis lost everything: one call of the limit is kept aside for that.
    """

    def __init__(
        self,
        redis_client: redis.Redis,
        account: str,
        name: str,
        per_minute: int,
        *,
        clock: Clock | None = None,
        window_s: float = 60.0,
    ) -> None:
        self._bucket = _Bucket(
            redis_client,
            f"promptrelay:{account}:endpoint:{name}",
            limit=max(1, per_minute - 1),
            burst=1,
            window_s=window_s,
            horizon_s=0.0,
            first_s=0.0,
            void_s=VOID_S,
            clock=clock or SystemClock(),
        )

    def take(self, *, wait_s: float) -> Permit | None:
        """Leave for one call of this list, as `RateAllowance.take`; it needs one of those as well."""
        return self._bucket.take(wait_s=wait_s)
