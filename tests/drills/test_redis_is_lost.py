"""Redis emptied, killed, away, or half there: SQL rebuilds it, and without it no call is made."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.plant import EVERYWHERE, Plant
from tests.drills.swallowing_proxy import SwallowingProxy
from tests.drills.verdict import Allowed, judge

PROMPTS = 60
# So slow that the harm falls into the middle.
SLOW = {"CALLS_PER_MINUTE": "700"}
# Calls that had their permit when Redis went are over by then.
LAST_CALLS_S = 6.0

Harm = Callable[[Plant], None]


def flush(plant: Plant) -> None:
    with redis.Redis.from_url(plant.redis.url) as client:
        client.flushall()


def restart(plant: Plant) -> None:
    plant.redis.kill()
    plant.kills_of_redis += 1
    plant.redis.start()


def restart_empty(plant: Plant) -> None:
    plant.redis.kill()
    plant.kills_of_redis += 1
    plant.redis.forget()
    plant.redis.start()


def go_away(plant: Plant, away_s: float = 60.0) -> None:
    """The stand-in's counters prove that nothing is called meanwhile."""
    plant.redis.kill()
    plant.kills_of_redis += 1
    time.sleep(LAST_CALLS_S)
    calls = plant.provider.counters()["calls_total"]
    time.sleep(away_s)  # The time that it is away is what the drill is about.
    assert plant.provider.counters()["calls_total"] == calls
    plant.redis.start()


def _harm_midway(plants: Plants, harms: list[Harm], drill: str) -> None:
    began = time.monotonic()
    plant = plants(**SLOW)
    plant.submit(PROMPTS, *EVERYWHERE)
    plant.dispatcher()
    plant.standard_worker()
    plant.live_worker()
    # Celery ends a worker that cannot give its messages back to a Redis that is gone; calls in flight finish.
    plant.keep_alive()
    jobs = 3 * PROMPTS
    for number, harm in enumerate(harms, 1):
        midway = jobs * number // (len(harms) + 1)
        until(lambda midway=midway: plant.done() >= midway, 120, lambda: f"{plant.states()} {plant.where()}")
        harm(plant)
    plant.wait_for_the_end()
    assert plant.done() == jobs
    judge(plant, drill, began=began)


@pytest.mark.long
def test_redis_is_flushed_restarted_and_robbed_of_its_file(plants: Plants, seed: int) -> None:
    harms = random.Random(seed).sample([flush, restart, restart_empty], 3)
    _harm_midway(plants, harms, "Redis: " + ", ".join(harm.__name__ for harm in harms))


@pytest.mark.long
@pytest.mark.parametrize("harm", [flush, restart, restart_empty, go_away])
def test_redis_is_lost_midway(harm: Harm, plants: Plants) -> None:
    _harm_midway(plants, [harm], f"Redis: {harm.__name__}")


@pytest.mark.long
def test_connections_to_redis_stay_open_and_swallow_every_byte(plants: Plants, tmp_path: Path) -> None:
    began = time.monotonic()
    plant = plants(**SLOW)
    proxy = SwallowingProxy(plant.redis.directory / "proxy.sock", plant.redis.socket)
    plant.submit(PROMPTS, *EVERYWHERE)
    through = {"PROMPTRELAY_REDIS_URL": proxy.url}
    plant.dispatcher(**through)
    plant.standard_worker(**through)
    plant.live_worker(**through)
    plant.keep_alive()
    until(lambda: plant.done() >= PROMPTS, 120)
    assert proxy.swallow() > 0
    time.sleep(LAST_CALLS_S)
    calls = plant.provider.counters()["calls_total"]
    time.sleep(15.0)  # Longer than the timeouts on a Redis that does not answer.
    assert plant.provider.counters()["calls_total"] == calls
    proxy.heal()
    plant.wait_for_the_end()
    assert plant.done() == 3 * PROMPTS
    judge(plant, "Redis: half-open connections", Allowed(), began=began)
    proxy.close()
