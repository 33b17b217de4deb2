"""While Redis takes its time, what it grants grows old: ages count from before it was asked (P25, P26)."""

from __future__ import annotations

import redis

from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.dataforseo.limits.rate_allowance import VOID_S, RateAllowance, Share
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Platform

PLATFORM = Platform.CHAT_GPT
SLOW_S = VOID_S + 0.1


def slow_down(client: redis.Redis) -> None:
    """Redis leaves the next question unanswered for that long."""
    client.client_pause(round(SLOW_S * 1000))


def slots_that_are_open(client: redis.Redis) -> LiveSlots:
    """As after their start window: nothing runs."""
    slots = LiveSlots(client, account="a", start_window_s=VOID_S)
    slots.needs_seeding()
    client.hset("promptrelay:a:live", "closed", 0)
    return slots


def allowance_in_use(client: redis.Redis) -> RateAllowance:
    """A bucket that this Redis knows: its next slot comes at once."""
    run_id = client.info("server")["run_id"]
    client.hset("promptrelay:a:calls", mapping={"run": run_id, "tat": 1})
    return RateAllowance(client, account="a")


def test_the_start_window_of_a_slot_begins_before_redis_answers(redis_client: redis.Redis) -> None:
    """The lease began somewhere in between; a call that starts at the end of it must end within it."""
    slots = slots_that_are_open(redis_client)
    quick = slots.acquire(PLATFORM, "quick")
    assert quick is not None
    assert quick.may_start()
    asked = SystemClock().boottime()
    slow_down(redis_client)
    slow = slots.acquire(PLATFORM, "slow")
    assert slow is not None
    assert SystemClock().boottime() - asked >= VOID_S
    assert not slow.may_start()
    assert slow.start_before <= asked + VOID_S + 0.05


def test_a_permit_that_came_late_is_stale_at_once(redis_client: redis.Redis) -> None:
    """Redis counted its slot when it was asked, or any moment after; used later, it would be one too many."""
    taker = allowance_in_use(redis_client)
    quick = taker.take(Share.LIVE, wait_s=5)
    assert quick is not None
    assert quick.is_fresh()
    slow_down(redis_client)
    slow = taker.take(Share.LIVE, wait_s=5)
    assert slow is not None
    assert not slow.is_fresh()
