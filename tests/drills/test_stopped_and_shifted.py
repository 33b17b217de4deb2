"""Workers stopped before the check, messages that come twice, and wall clocks that are wrong by an hour."""

from __future__ import annotations

import re
import signal
import sqlite3
import time
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.project import until
from tests.drills.conftest import QUICK_PLANT, Plants
from tests.drills.plant import EVERYWHERE, ONE_LIVE, TWO_STANDARD, Plant
from tests.drills.verdict import judge

PROMPTS = 40
SHIFTED = str(Path(__file__).parent / "shifted")
HOUR_S = 3600
LATE_S = 10.0
# P27: a wall clock may delay. To the one nothing is due for an hour, the other gives jobs back for an hour.
DELAYED = (("dispatcher", False), ("live", True))
# Real hours among provider hours: so slow a scale that 72 of them are longer than the one.
SLOW_SCALE = 60
SLOW_PROVIDER = (
    "standard_latency_s=60",
    "standard_latency_max_s=120",
    "live_latency_s=60",
    "live_latency_max_s=120",
)
POINTS_BEFORE_THE_CHECK = [
    "standard.after_a",
    pytest.param("standard.before_a", marks=pytest.mark.long),
    pytest.param("live.after_slot", marks=pytest.mark.long),
    pytest.param("live.before_a", marks=pytest.mark.long),
    pytest.param("live.after_a", marks=pytest.mark.long),
]


def _with_shift(plant: Plant, **extra: str) -> dict[str, str]:
    path = plant.environment.get("PYTHONPATH", "")
    return {"PYTHONPATH": f"{SHIFTED}:{path}".rstrip(":"), **extra}


@pytest.mark.parametrize("point", POINTS_BEFORE_THE_CHECK)
def test_a_worker_stopped_before_the_check_sends_nothing_when_it_wakes(point: str, plants: Plants) -> None:
    began = time.monotonic()
    plant = plants()
    way = point.partition(".")[0]
    options = TWO_STANDARD if way == "standard" else ONE_LIVE
    start = plant.standard_worker if way == "standard" else plant.live_worker
    plant.submit(PROMPTS, *options)
    plant.dispatcher()
    stopped = start(PROMPTRELAY_FAILPOINT=f"{point}:stop@1")
    until(lambda: stopped.is_stopped, 30)
    since = time.monotonic()
    stale = {attempt for (attempt,) in plant.rows("SELECT id FROM attempts WHERE state = 'sending'")}
    time.sleep(0.5)  # What had left the worker arrives.
    stale -= _asked(plant)
    assert stale or not point.endswith(".after_a")
    start()
    window_s = float(QUICK_PLANT["SEND_WINDOW_S"])
    until(lambda: time.monotonic() > since + window_s + 1, window_s + 5)
    calls = _asked(plant)
    stopped.strike(signal.SIGCONT)
    plant.wait_for_the_end()
    assert stale & calls == set()
    assert stale & _asked(plant) == set()
    assert plant.done() == PROMPTS * (2 if way == "standard" else 1)
    judge(plant, f"stopped at {point}", began=began)


def _asked(plant: Plant) -> set[str]:
    """The attempts whose POST the stand-in has seen."""
    return {tag.rpartition(".")[2] for tag in plant.provider.asked()}


def test_every_message_is_delivered_twice(plants: Plants) -> None:
    began = time.monotonic()
    plant = plants()
    twice = _with_shift(plant, DRILL_MESSAGES_TWICE="1")
    plant.submit(PROMPTS, *EVERYWHERE)
    plant.dispatcher(**twice)
    plant.standard_worker(**twice)
    plant.standard_worker(**twice)
    plant.live_worker(**twice)
    plant.wait_for_the_end()
    assert plant.done() == 3 * PROMPTS
    ended = Counter(re.findall(r"Task standard\.post\[([\w-]+)\] succeeded", plant.logs("standard")))
    assert ended
    assert set(ended.values()) == {2}
    judge(plant, "every message twice", began=began)


@pytest.mark.long
@pytest.mark.parametrize("offset_s", [HOUR_S, -HOUR_S])
@pytest.mark.parametrize("whose", ["dispatcher", "standard", "live"])
def test_one_process_has_a_wall_clock_that_is_wrong_by_an_hour(
    whose: str, offset_s: int, plants: Plants
) -> None:
    began = time.monotonic()
    plant = plants(*SLOW_PROVIDER, scale=SLOW_SCALE, POLL_FIRST_S="60", POLL_MAX_S="300")
    shifted = _with_shift(plant, DRILL_CLOCK_OFFSET_S=str(offset_s))
    plant.submit(PROMPTS, *EVERYWHERE)
    plant.dispatcher(**(shifted if whose == "dispatcher" else {}))
    plant.standard_worker(**(shifted if whose == "standard" else {}))
    plant.standard_worker()
    plant.live_worker(**(shifted if whose == "live" else {}))
    if (whose, offset_s > 0) in DELAYED:
        time.sleep(LATE_S)
        _the_hour_passes(plant, whose)
    plant.wait_for_the_end()
    assert plant.done() == 3 * PROMPTS
    judge(plant, f"wall clock of {whose} {offset_s:+d} s", began=began)


def _the_hour_passes(plant: Plant, whose: str) -> None:
    """The wrong clock is set right, and what waits for an hour has waited."""
    for service in plant.services:
        if service.name.startswith(whose):
            service.kill()
    with (
        closing(sqlite3.connect(plant.project.data / "promptrelay.sqlite3", timeout=20)) as connection,
        connection,
    ):
        connection.execute("UPDATE jobs SET due_at = due_at - 3600 WHERE state = 'queued'")
    (plant.dispatcher if whose == "dispatcher" else plant.live_worker)()
