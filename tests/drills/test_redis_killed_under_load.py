"""Redis is killed again and again under a working stack: its workers live on, and no message is missed."""

from __future__ import annotations

import random
import time

import pytest

from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.plant import EVERYWHERE
from tests.drills.verdict import judge

# So slow that calls are in flight whenever Redis goes.
SLOW = {"CALLS_PER_MINUTE": "1500"}


def _kill_redis(plants: Plants, seed: int, *, prompts: int, kills: int) -> None:
    began = time.monotonic()
    chance = random.Random(seed)
    plant = plants(**SLOW)
    plant.submit(prompts, *EVERYWHERE)
    services = [plant.dispatcher(), plant.standard_worker(), plant.live_worker()]
    pids = [service.pid for service in services]
    until(lambda: plant.done() >= 10, 120, lambda: f"{plant.states()} {plant.where()}")
    for number in range(kills):
        before = plant.done()
        plant.redis.kill()
        plant.kills_of_redis += 1
        time.sleep(chance.uniform(0.1, 2.0))  # For how long it is away is part of the drill.
        plant.redis.start()
        until(
            lambda before=before: plant.done() > before or plant.done() == 3 * prompts,
            90,
            lambda number=number: f"nothing after kill {number}: {plant.states()} {plant.where()}",
        )
        for service in services:
            assert service.process is not None
            assert service.process.poll() is None, f"{service.name} ended; {plant.where()}"
    plant.wait_for_the_end()
    assert [service.pid for service in services] == pids, "the processes are those of the beginning"
    assert plant.done() == 3 * prompts
    for kind in ("standard", "live"):
        said = plant.logs(kind)
        assert "Unrecoverable" not in said
        assert "AttributeError" not in said
    judge(plant, f"Redis: killed {kills} times under load", began=began)


def test_workers_live_on_when_redis_is_killed_three_times(plants: Plants, seed: int) -> None:
    _kill_redis(plants, seed, prompts=60, kills=3)


@pytest.mark.long
@pytest.mark.timeout(900)
def test_workers_live_on_when_redis_is_killed_twenty_times(plants: Plants, seed: int) -> None:
    _kill_redis(plants, seed, prompts=240, kills=20)
