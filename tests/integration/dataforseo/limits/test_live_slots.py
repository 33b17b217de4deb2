from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
import redis

from promptrelay.dataforseo.errors import AllowanceUnavailable
from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Platform

CHAT, CLAUDE = Platform.CHAT_GPT, Platform.CLAUDE


def until(condition: Callable[[], bool], deadline_s: float = 10.0) -> None:
    give_up = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < give_up, "it never came true"
        time.sleep(0.005)


def slots_of(client: redis.Redis, **options: float) -> LiveSlots:
    chosen = {"lease_s": 30.0, "start_window_s": 0.2, **options}
    return LiveSlots(client, account="a", **chosen)  # type: ignore[arg-type]


def opened(client: redis.Redis, **options: float) -> LiveSlots:
    slots = slots_of(client, **options)
    until(slots.needs_seeding)
    assert slots.seed({})
    return slots


def test_a_hundred_threads_never_hold_more_than_thirty_slots(redis_client: redis.Redis) -> None:
    """The peak is exactly the limit: never above it, and reached."""
    slots = opened(redis_client)
    lock, full, running, peak = threading.Lock(), threading.Event(), 0, 0

    def work(number: int) -> None:
        nonlocal running, peak
        for turn in range(10):
            slot = slots.acquire(CHAT, f"{number}.{turn}")
            if slot is None:
                full.wait(timeout=10)
                continue
            with lock:
                running += 1
                peak = max(peak, running)
                if running >= 30:
                    full.set()
            full.wait(timeout=10)
            time.sleep(0.002)
            with lock:
                running -= 1
            slots.release(slot)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert peak == 30
    assert slots.free(CHAT) == 30


def test_the_platforms_have_slots_of_their_own_under_a_ceiling_for_all(redis_client: redis.Redis) -> None:
    slots = opened(redis_client, per_platform=2, total=3)
    assert slots.acquire(CHAT, "1")
    assert slots.acquire(CHAT, "2")
    assert slots.acquire(CHAT, "3") is None
    assert slots.free(CLAUDE) == 1
    assert slots.acquire(CLAUDE, "4")
    assert slots.acquire(CLAUDE, "5") is None
    assert (slots.free(CHAT), slots.free(CLAUDE)) == (0, 0)


def test_a_holder_gets_one_slot(redis_client: redis.Redis) -> None:
    slots = opened(redis_client)
    assert slots.acquire(CHAT, "same")
    assert slots.acquire(CHAT, "same") is None
    assert slots.free(CHAT) == 29


def test_a_slot_that_is_never_given_back_ends_with_its_lease(redis_client: redis.Redis) -> None:
    slots = opened(redis_client, per_platform=1, lease_s=0.5)
    assert slots.acquire(CHAT, "dead")
    assert slots.acquire(CHAT, "next") is None
    until(lambda: slots.acquire(CHAT, "next") is not None)


def test_a_call_may_start_only_inside_the_start_window(redis_client: redis.Redis) -> None:
    """The age counts from before Redis was asked, on the clock that nobody sets."""

    class Later(SystemClock):
        ahead_s = 0.0

        def boottime(self) -> float:
            return super().boottime() + self.ahead_s

    clock = Later()
    opened(redis_client)
    slots = LiveSlots(redis_client, account="a", clock=clock)
    slot = slots.acquire(CHAT, "1")
    assert slot is not None
    assert slot.may_start()
    clock.ahead_s = 10.0
    assert not slot.may_start()


def test_an_empty_redis_is_closed_until_it_was_told_what_runs(redis_client: redis.Redis) -> None:
    """P25: closed for the start window, then seeded from SQL, then open."""
    slots = slots_of(redis_client, per_platform=3)
    assert slots.acquire(CHAT, "early") is None
    assert not slots.needs_seeding()
    assert not slots.seed({})
    until(slots.needs_seeding)
    assert slots.acquire(CHAT, "still early") is None
    assert slots.free(CHAT) == 0
    assert slots.seed({CHAT: [("running 1", 0.6), ("running 2", 20.0)]})
    assert slots.free(CHAT) == 1
    assert slots.acquire(CHAT, "first")
    assert slots.acquire(CHAT, "second") is None
    until(lambda: slots.free(CHAT) == 1)
    assert slots.acquire(CHAT, "running 2") is None


def test_a_flush_closes_the_slots_again(redis_client: redis.Redis) -> None:
    """Calls that ran before the flush are still counted after it, because SQL knows them."""
    slots = opened(redis_client, per_platform=1)
    assert slots.acquire(CHAT, "running")
    redis_client.flushall()
    assert slots.acquire(CHAT, "second") is None
    until(slots.needs_seeding)
    assert slots.seed({CHAT: [("running", 5.0)]})
    assert slots.acquire(CHAT, "second") is None


def test_a_restart_closes_the_slots_though_the_keys_are_still_there(own_redis) -> None:
    """The append-only file may lack the last second, so its leases prove nothing."""
    client = redis.Redis.from_url(own_redis.url)
    slots = opened(client, per_platform=2)
    assert slots.acquire(CHAT, "written")
    own_redis.kill()
    own_redis.start()
    assert slots.acquire(CHAT, "early") is None
    until(slots.needs_seeding)
    assert slots.seed({CHAT: [("written", 5.0), ("lost", 5.0)]})
    assert slots.free(CHAT) == 0
    assert slots.acquire(CHAT, "third") is None


def test_seeds_read_before_another_loss_do_not_open_the_slots(redis_client: redis.Redis) -> None:
    """What SQL said about one epoch is too old for the next."""
    slots = slots_of(redis_client)
    until(slots.needs_seeding)
    redis_client.flushall()
    other = slots_of(redis_client)
    until(other.needs_seeding)
    assert not slots.seed({})
    assert other.acquire(CHAT, "1") is None
    assert other.seed({})
    assert other.acquire(CHAT, "1")


def test_of_two_dispatchers_one_seeds(redis_client: redis.Redis) -> None:
    one, two = slots_of(redis_client), slots_of(redis_client)
    until(one.needs_seeding)
    assert two.needs_seeding()
    assert one.seed({CHAT: [("x", 9.0)]})
    assert not two.seed({CHAT: [("y", 9.0)]})
    assert one.free(CHAT) == 29


def test_a_platform_held_back_hands_out_nothing_and_the_others_go_on(redis_client: redis.Redis) -> None:
    slots = opened(redis_client)
    slots.hold_back(CHAT, 0.5)
    assert slots.acquire(CHAT, "1") is None
    assert slots.free(CHAT) == 0
    assert slots.acquire(CLAUDE, "2")
    until(lambda: slots.acquire(CHAT, "1") is not None)


def test_a_second_hold_that_is_shorter_does_not_end_the_first(redis_client: redis.Redis) -> None:
    slots = opened(redis_client)
    slots.hold_back(CHAT, 600.0)
    slots.hold_back(CHAT, 0.0)
    assert slots.acquire(CHAT, "1") is None


def test_without_redis_no_live_call_starts() -> None:
    slots = slots_of(redis.Redis.from_url("unix:///nowhere/redis.sock"))
    with pytest.raises(AllowanceUnavailable):
        slots.acquire(CHAT, "1")
    with pytest.raises(AllowanceUnavailable):
        slots.needs_seeding()
