"""The script of the rate allowance on a real Redis, in a time of the test's own: minutes take a moment."""

from __future__ import annotations

import heapq
import threading
from collections import Counter
from collections.abc import Mapping
from importlib.resources import files
from itertools import count

import redis

from promptrelay.dataforseo.limits.rate_allowance import RateAllowance, Share

_NOW = "promptrelay:test:now"
_WAITS_S = 1.0
_PAUSE_S = 0.05


def script_in_simulated_time() -> str:
    """The script, but for where it reads the clock."""
    script = files("promptrelay.dataforseo.limits").joinpath("gcra.lua").read_text("utf-8")
    reads = "redis.call('TIME')"
    assert script.count(reads) == 1
    return script.replace(reads, f"{{0, redis.call('GET', '{_NOW}')}}")


class SimulatedTime:
    """A clock for the script and for any number of threads: it moves on when all of them sleep."""

    def __init__(self, client: redis.Redis, threads: int) -> None:
        self._client = client
        self._awake = threads
        self._sleepers: list[tuple[float, int, threading.Event]] = []
        self._order = count()
        self._lock = threading.Lock()
        self._go_to(1_000.0)

    def now(self) -> float:
        return self._at

    def boottime(self) -> float:
        return self._at

    def boot_id(self) -> str:
        return "one"

    def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            return
        woken = threading.Event()
        with self._lock:
            heapq.heappush(self._sleepers, (self._at + seconds, next(self._order), woken))
            self._rest()
        assert woken.wait(60)

    def leave(self) -> None:
        """This thread has come to its end."""
        with self._lock:
            self._rest()

    def _rest(self) -> None:
        self._awake -= 1
        if self._awake or not self._sleepers:
            return
        self._go_to(self._sleepers[0][0])
        while self._sleepers and self._sleepers[0][0] <= self._at:
            self._awake += 1
            heapq.heappop(self._sleepers)[2].set()

    def _go_to(self, at: float) -> None:
        self._at = at
        self._client.set(_NOW, round(at * 1_000_000))


def granted(
    client: redis.Redis, takers: Mapping[Share, int], *, calls_per_minute: int, for_s: float
) -> tuple[Counter[Share], list[float]]:
    """How many calls each share gets while so many threads want one after the other, and when.

    Uses the script that `rate_allowance` has now: put the one in simulated time there first.
    """
    clock = SimulatedTime(client, sum(takers.values()))
    taker = RateAllowance(client, account="a", calls_per_minute=calls_per_minute, clock=clock)
    lock, uses, end = threading.Lock(), list[tuple[float, Share]](), clock.now() + for_s

    def use(share: Share) -> None:
        try:
            while clock.now() < end:
                if taker.take(share, wait_s=_WAITS_S):
                    with lock:
                        uses.append((clock.now(), share))
                else:
                    clock.sleep(_PAUSE_S)
        finally:
            clock.leave()

    wanting = [share for share, many in takers.items() for _ in range(many)]
    threads = [threading.Thread(target=use, args=(share,)) for share in wanting]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
        assert not thread.is_alive()
    return Counter(share for _, share in uses), [at for at, _ in uses]
