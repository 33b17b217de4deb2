"""SQLite restored from a copy made before a thousand tasks were posted: none of them is paid again (P30)."""

from __future__ import annotations

import shutil
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.plant import TWO_STANDARD, Plant
from tests.drills.verdict import judge

PROMPTS = 500


def _start(plant: Plant) -> None:
    plant.dispatcher()
    plant.standard_worker()


def _copy(plant: Plant, to: Path) -> None:
    with (
        closing(sqlite3.connect(plant.project.data / "promptrelay.sqlite3")) as source,
        closing(sqlite3.connect(to)) as target,
    ):
        source.backup(target)


def _restore(plant: Plant, copy: Path) -> None:
    for left in plant.project.data.glob("promptrelay.sqlite3*"):
        left.unlink()
    shutil.copy(copy, plant.project.data / "promptrelay.sqlite3")


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("settled", [False, True], ids=["while_they_are_out", "after_they_were_settled"])
def test_a_thousand_posts_that_the_database_forgot_are_not_paid_again(
    settled: bool, plants: Plants, tmp_path: Path
) -> None:
    began = time.monotonic()
    # While they are out: a minute passes before the first answer.
    plant = plants(*(() if settled else ("standard_latency_s=12000", "standard_latency_max_s=24000")))
    plant.submit(PROMPTS, *TWO_STANDARD)
    copy = tmp_path / "copy.sqlite3"
    _copy(plant, copy)
    _start(plant)
    if settled:
        plant.wait_for_the_end()
    else:
        sent = "SELECT count(*) FROM attempts WHERE state = 'sent'"
        until(lambda: plant.count(sent) >= 2 * PROMPTS, 120, lambda: f"{plant.states()} {plant.where()}")
    for service in plant.services:
        service.kill()
    _restore(plant, copy)
    assert plant.count("SELECT count(*) FROM attempts") == 0
    _start(plant)
    plant.wait_for_the_end()
    assert plant.done() == 2 * PROMPTS, plant.states()
    assert len(plant.provider.tasks()) == 2 * PROMPTS
    judge(plant, f"SQLite restored from before 1,000 posts, {settled=}", began=began)
