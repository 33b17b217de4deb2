from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import redis

from promptrelay.dataforseo.errors import AllowanceUnavailable
from promptrelay.dataforseo.limits.rate_allowance import EndpointAllowance, RateAllowance, Share
from promptrelay.domain.clock import SystemClock

WINDOW_S = 1.0


def busiest_window(uses: list[float], window_s: float) -> int:
    """The most uses in any window of that length."""
    ordered = sorted(uses)
    return max((sum(at <= use < at + window_s for use in ordered) for at in ordered), default=0)


def in_threads(count: int, work: Callable[[int], None]) -> None:
    threads = [threading.Thread(target=work, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
        assert not thread.is_alive()


def allowance(client: redis.Redis, limit: int) -> RateAllowance:
    return RateAllowance(client, account="a", calls_per_minute=limit, window_s=WINDOW_S)


def use_until(taker: RateAllowance, share: Share, end: float, uses: list[float]) -> None:
    while time.monotonic() < end:
        permit = taker.take(share, wait_s=1.0)
        if permit and permit.is_fresh():
            uses.append(time.monotonic())


def test_no_window_holds_more_calls_than_the_limit_even_when_redis_is_emptied(
    redis_client: redis.Redis,
) -> None:
    """The limit holds over a flush: the calls before it and the calls after it share no window too many."""
    taker, limit, uses, end = allowance(redis_client, 40), 40, [], time.monotonic() + 11
    flush = threading.Timer(6.0, redis_client.flushall)
    flush.start()
    in_threads(8, lambda n: use_until(taker, list(Share)[n % 3], end, uses))
    flush.join()
    assert busiest_window(uses, WINDOW_S) <= limit
    assert sum(use > end - 2 for use in uses) > limit, "calls go on after the flush"
    assert sum(end - 7.5 < use < end - 5.5 for use in uses) > limit, "calls went on before it"


def test_an_empty_redis_grants_its_first_slot_behind_all_that_may_have_been_reserved(
    redis_client: redis.Redis,
) -> None:
    """P26: burst / rate + the reservation horizon of 2 s."""
    taker = RateAllowance(redis_client, account="a")
    asked = time.monotonic()
    assert taker.take(Share.POSTING, wait_s=0.5) is None
    assert taker.take(Share.POSTING, wait_s=10) is not None
    assert 2.4 <= time.monotonic() - asked <= 4


def test_a_loss_of_the_last_second_of_redis_counts_as_a_loss_of_all(own_redis) -> None:
    """A new Redis run may have forgotten slots, whatever keys it still has."""
    client = redis.Redis.from_url(own_redis.url)
    taker = allowance(client, 40)
    assert taker.take(Share.LIVE, wait_s=10) is not None
    assert taker.take(Share.LIVE, wait_s=1) is not None
    own_redis.kill()
    own_redis.start()
    assert taker.take(Share.LIVE, wait_s=0.5) is None
    assert taker.take(Share.LIVE, wait_s=10) is not None


def test_a_share_alone_gets_the_whole_allowance(redis_client: redis.Redis) -> None:
    """What the others do not use is not wasted."""
    taker, uses = allowance(redis_client, 40), []
    assert taker.take(Share.LIVE, wait_s=10)
    end = time.monotonic() + 4
    in_threads(4, lambda n: use_until(taker, Share.LIVE, end, uses))
    assert len(uses) >= 4 * 39 / 1.25 * 0.85


def test_a_hungry_share_leaves_the_others_their_part(redis_client: redis.Redis) -> None:
    """Twenty threads of one share cannot starve one thread of another.

    With a burst: without one a share that holds to no part still leaves the others every second slot.
    """
    taker = RateAllowance(redis_client, account="a", calls_per_minute=400, window_s=10.0)
    live: list[float] = []
    collecting: list[float] = []
    assert taker.take(Share.LIVE, wait_s=10)
    end = time.monotonic() + 4

    def work(number: int) -> None:
        share, uses = (Share.COLLECTING, collecting) if number == 0 else (Share.LIVE, live)
        use_until(taker, share, end, uses)

    in_threads(20, work)
    burst, rate = 6, (400 - 6) / 10.25
    assert len(collecting) >= 4 * rate * 0.4 * 0.8
    assert len(live) >= 4 * rate * 0.3 * 0.8
    assert busiest_window(live + collecting, WINDOW_S) <= rate * WINDOW_S + burst + 1


def test_a_refused_taker_reserves_nothing(redis_client: redis.Redis) -> None:
    taker = RateAllowance(redis_client, account="a", calls_per_minute=6, window_s=6)
    assert taker.take(Share.POSTING, wait_s=10)
    before = redis_client.hgetall("promptrelay:a:calls")
    assert taker.take(Share.POSTING, wait_s=0.2) is None
    assert redis_client.hgetall("promptrelay:a:calls") == before


def test_everybody_waits_after_a_push_back(redis_client: redis.Redis) -> None:
    taker = allowance(redis_client, 40)
    assert taker.take(Share.LIVE, wait_s=10)
    taker.push_back(1.0)
    pushed = time.monotonic()
    assert all(taker.take(share, wait_s=0.3) is None for share in Share)
    assert taker.take(Share.COLLECTING, wait_s=5)
    assert time.monotonic() - pushed >= 0.95


def test_a_shorter_push_back_does_not_end_a_longer_one(redis_client: redis.Redis) -> None:
    taker = allowance(redis_client, 40)
    assert taker.take(Share.LIVE, wait_s=10)
    taker.push_back(600.0)
    taker.push_back(0.01)
    assert all(taker.take(share, wait_s=1.0) is None for share in Share)


def test_a_permit_goes_stale(redis_client: redis.Redis) -> None:
    """P26: a permit not used within a quarter of a second is void."""

    class Later(SystemClock):
        ahead_s = 0.0

        def boottime(self) -> float:
            return super().boottime() + self.ahead_s

    clock = Later()
    taker = RateAllowance(redis_client, account="a", calls_per_minute=40, window_s=WINDOW_S, clock=clock)
    permit = taker.take(Share.LIVE, wait_s=10)
    assert permit is not None
    assert permit.is_fresh()
    clock.ahead_s = 0.3
    assert not permit.is_fresh()


def test_without_redis_no_call_is_allowed() -> None:
    """Fail closed."""
    client = redis.Redis.from_url("unix:///nowhere/redis.sock")
    with pytest.raises(AllowanceUnavailable):
        RateAllowance(client, account="a").take(Share.LIVE, wait_s=0)
    with pytest.raises(AllowanceUnavailable):
        RateAllowance(client, account="a").push_back(1)


def test_an_endpoint_starts_at_once_and_keeps_its_limit_over_a_flush(redis_client: redis.Redis) -> None:
    taker = EndpointAllowance(redis_client, "a", "tasks_ready", 6, window_s=2.0)
    uses: list[float] = []
    began = time.monotonic()
    assert taker.take(wait_s=0)
    uses.append(time.monotonic())
    assert taker.take(wait_s=0) is None
    flush = threading.Timer(1.7, redis_client.flushall)
    flush.start()
    while time.monotonic() < began + 5:
        if taker.take(wait_s=0.5):
            uses.append(time.monotonic())
    flush.join()
    assert len(uses) >= 8
    assert busiest_window(uses, 2.0) <= 6


def test_an_endpoint_keeps_one_call_of_its_limit_aside_for_a_flush(redis_client: redis.Redis) -> None:
    """Of three calls a minute it makes two: the third is for a Redis that forgot."""
    taker = EndpointAllowance(redis_client, "a", "x", 3)
    assert taker.take(wait_s=0)
    assert taker.take(wait_s=45.0) is None, "the third part of a minute is over by then"


def test_accounts_and_endpoints_do_not_share_an_allowance(redis_client: redis.Redis) -> None:
    takers = [EndpointAllowance(redis_client, account, name, 6) for account in "ab" for name in ("x", "y")]
    assert all(taker.take(wait_s=0) for taker in takers)


@pytest.mark.parametrize("limit", [1, 2, 6, 60, 61])
def test_the_slots_of_a_small_limit_never_exceed_it(redis_client: redis.Redis, limit: int) -> None:
    """The interval and the burst are right at the edges too: counted in slots, without waiting for them."""
    taker = RateAllowance(redis_client, account="a", calls_per_minute=limit)
    burst, interval_s = taker._bucket.burst, taker._bucket.interval_s
    assert burst + int(60.25 / interval_s + 1e-9) <= limit
