"""kill -9 at random moments over workers, dispatcher and Redis, hundreds of times in one campaign."""

from __future__ import annotations

import random
import time

import pytest

from tests.drills.conftest import Plants
from tests.drills.plant import ONE_LIVE, TWO_STANDARD, Plant
from tests.drills.verdict import Allowed, judge

PAUSE_S = (0.2, 1.0)
# Slow enough that work is always under way while a campaign is harmed for minutes.
SLOW = {"CALLS_PER_MINUTE": "900"}
# What a killed worker had in its hands waits for its lease (180 s); what three died of waits for a day
# of the stand-in (144 s) more.
AFTER_KILLS_S = 600.0
REDIS, DISPATCHER = "redis", "dispatcher"
SHARES = {"standard-0": 7, "standard-1": 7, "live-perplexity-0": 6, DISPATCHER: 2, REDIS: 1}


def _kill_at_random(plants: Plants, seed: int, kills: int, **settings: str) -> None:
    began = time.monotonic()
    rng = random.Random(seed)
    plant = plants(**SLOW, **settings)
    _feed(plant, first=True)
    services = {
        service.name: service
        for service in (plant.standard_worker(), plant.standard_worker(), plant.live_worker())
    }
    services[DISPATCHER] = plant.dispatcher()
    plant.keep_alive()
    struck = dict.fromkeys(SHARES, 0)
    while sum(struck.values()) < kills:
        time.sleep(rng.uniform(*PAUSE_S))  # The moment of each kill is the seed's.
        victim = rng.choices(list(SHARES), weights=list(SHARES.values()))[0]
        if victim == REDIS:
            plant.redis.kill()
            plant.kills_of_redis += 1
            plant.redis.start()
            struck[REDIS] += 1
        else:
            struck[victim] += services[victim].strike()
        if plant.unsent() < 20:
            _feed(plant)
    print(f"seed {seed}: {struck}, {len(plant.runs)} runs")
    plant.wait_for_the_end(AFTER_KILLS_S)
    where = "PostgreSQL" if settings else "SQLite"
    judge(plant, f"{kills} random kills, {where}", Allowed(lost_live=True), began=began)


def _feed(plant: Plant, *, first: bool = False) -> None:
    plant.submit(60 if first else 120, *TWO_STANDARD)
    plant.submit(20 if first else 30, *ONE_LIVE)


def test_ten_random_kills_lose_nothing_and_pay_nothing_twice(plants: Plants, seed: int) -> None:
    _kill_at_random(plants, seed, 10)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_two_hundred_random_kills_lose_nothing_and_pay_nothing_twice(plants: Plants, seed: int) -> None:
    _kill_at_random(plants, seed, 200)


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_fifty_random_kills_on_postgresql_lose_nothing_and_pay_nothing_twice(
    plants: Plants, seed: int, postgres_url: str
) -> None:
    _kill_at_random(plants, seed, 50, DATABASE_URL=postgres_url)


@pytest.mark.long
@pytest.mark.thousand
@pytest.mark.timeout(5400)
def test_a_thousand_random_kills_lose_nothing_and_pay_nothing_twice(plants: Plants, seed: int) -> None:
    _kill_at_random(plants, seed, 1000)
