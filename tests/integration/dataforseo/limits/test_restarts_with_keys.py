"""A Redis that was restarted and kept its keys: what they say counts, and what others know as well."""

from __future__ import annotations

import redis

from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.dataforseo.limits.rate_allowance import HORIZON_S, RateAllowance, Share
from promptrelay.domain.platform import Platform

PLATFORM = Platform.CHAT_GPT
SLOTS, CALLS = "promptrelay:a:live", "promptrelay:a:calls"


def restart(client: redis.Redis, key: str) -> None:
    """What a restart leaves: the keys of an earlier run of Redis."""
    assert client.hset(key, "run", "an earlier run") == 0


def score(client: redis.Redis, holder: str) -> float:
    found = client.zscore(f"{SLOTS}:{PLATFORM}", holder)
    assert found is not None
    return float(found)


def open_slots(client: redis.Redis, **options: float) -> LiveSlots:
    slots = LiveSlots(client, account="a", start_window_s=0.001, **options)  # type: ignore[arg-type]
    while not slots.needs_seeding():
        continue
    return slots


def test_a_seed_that_ends_sooner_does_not_shorten_a_lease(redis_client: redis.Redis) -> None:
    """P25: SQL knows when the attempt began, which is before its slot was counted."""
    slots = open_slots(redis_client)
    assert slots.seed({})
    assert slots.acquire(PLATFORM, "running")
    leased = score(redis_client, "running")
    restart(redis_client, SLOTS)
    slots = open_slots(redis_client)
    assert slots.seed({PLATFORM: [("running", 1.0), ("lost", 9.0)]})
    assert score(redis_client, "running") == leased
    assert slots.free(PLATFORM) == 28


def test_a_seed_that_ends_later_lengthens_a_lease(redis_client: redis.Redis) -> None:
    slots = open_slots(redis_client)
    assert slots.seed({})
    assert slots.acquire(PLATFORM, "running")
    leased = score(redis_client, "running")
    restart(redis_client, SLOTS)
    slots = open_slots(redis_client)
    assert slots.seed({PLATFORM: [("running", 10_000.0)]})
    assert score(redis_client, "running") > leased


def test_slots_that_were_reserved_before_a_restart_still_lie_behind_it(redis_client: redis.Redis) -> None:
    """P26: everybody was told to wait a minute; a restart does not shorten that to the first slot's delay."""
    taker = RateAllowance(redis_client, account="a")
    taker.push_back(60.0)
    told = int(redis_client.hget(CALLS, "tat") or 0)
    restart(redis_client, CALLS)
    for share in Share:
        assert taker.take(share, wait_s=HORIZON_S * 2) is None
    assert int(redis_client.hget(CALLS, "tat") or 0) == told


def test_a_restart_with_nothing_reserved_ahead_waits_for_what_may_be_missing(
    redis_client: redis.Redis,
) -> None:
    """The file may lack the last second: the first slot lies behind all that may have been granted in it."""
    taker = RateAllowance(redis_client, account="a")
    redis_client.hset(CALLS, mapping={"run": "an earlier run", "tat": 1})
    assert taker.take(Share.LIVE, wait_s=0.5) is None
    seconds, micros = redis_client.time()
    tat = int(redis_client.hget(CALLS, "tat") or 0)
    assert tat / 1e6 - (seconds + micros / 1e6) > HORIZON_S
