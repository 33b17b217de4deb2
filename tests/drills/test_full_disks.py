"""No space left: sending stops, the word is clear, and work goes on when there is space again."""

from __future__ import annotations

import re
import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.plant import EVERYWHERE, ONE_LIVE, Plant
from tests.drills.verdict import judge

PROMPTS = 60
SLOW = {"CALLS_PER_MINUTE": "700"}
STILL_FULL_S = 8.0
NO_ROOM = re.compile(r"sending\.stopped why=answers cannot be kept: .*No space left")


class SmallDisk:
    """A file system of a few megabytes that can be filled to the last byte."""

    def __init__(self, place: Path, megabytes: int) -> None:
        self.place = place
        self._ballast = place / "ballast"
        place.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "drill", str(place)]
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            pytest.skip(f"no file system of our own here: {done.stderr.strip()}")

    def fill(self) -> None:
        with self._ballast.open("wb", buffering=0) as ballast:
            for piece in (1 << 20, 1 << 12, 1):
                try:
                    while True:
                        ballast.write(b"x" * piece)
                except OSError:
                    continue

    def free(self) -> None:
        self._ballast.unlink()

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.place)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    disk = SmallDisk(tmp_path / "small", 64)
    yield disk
    disk.close()


def _start(plant: Plant) -> None:
    plant.submit(PROMPTS, *EVERYWHERE)
    plant.dispatcher()
    plant.standard_worker()
    plant.live_worker()
    until(lambda: plant.done() >= PROMPTS // 2, 120, lambda: f"{plant.states()} {plant.where()}")


def _nothing_new_is_sent(plant: Plant) -> None:
    """A run that is submitted meanwhile waits."""
    run = plant.submit(PROMPTS, *EVERYWHERE)
    time.sleep(STILL_FULL_S)
    assert [tag for tag in plant.provider.asked() if f".{run}." in tag] == []


def _finishes(plant: Plant, drill: str, began: float) -> None:
    plant.wait_for_the_end()
    assert plant.done() == plant.count("SELECT count(*) FROM jobs"), plant.states()
    judge(plant, drill, began=began)


@pytest.mark.long
def test_no_space_for_answers(plants: Plants, small_disk: SmallDisk) -> None:
    began = time.monotonic()
    plant = plants(RESULTS_URL=str(small_disk.place / "answers"), **SLOW)
    _start(plant)
    small_disk.fill()
    for kind in ("standard", "live"):
        until(lambda kind=kind: NO_ROOM.search(plant.logs(kind)), 60, plant.where)
    _nothing_new_is_sent(plant)
    small_disk.free()
    _finishes(plant, "disk full: answers", began)


@pytest.mark.long
def test_no_space_for_answers_nor_for_the_spool(plants: Plants, small_disk: SmallDisk) -> None:
    began = time.monotonic()
    plant = plants(RESULTS_URL=str(small_disk.place / "answers"), **SLOW)
    (small_disk.place / "spool").mkdir()
    plant.project.data.mkdir()
    (plant.project.data / "spool").symlink_to(small_disk.place / "spool")
    _start(plant)
    small_disk.fill()
    for kind in ("standard", "live"):
        until(lambda kind=kind: NO_ROOM.search(plant.logs(kind)), 60, plant.where)
    until(lambda: "live.nowhere_to_keep" in plant.logs("live"), 30, plant.where)
    _nothing_new_is_sent(plant)
    small_disk.free()
    _finishes(plant, "disk full: answers and spool", began)


@pytest.mark.long
def test_no_space_for_sqlite(plants: Plants, small_disk: SmallDisk) -> None:
    began = time.monotonic()
    plant = plants(DATA_DIR=str(small_disk.place / "data"))
    plant.keep_alive()
    plant.submit(4 * PROMPTS, *ONE_LIVE)
    plant.dispatcher()
    plant.standard_worker()
    plant.live_worker(concurrency=8)
    until(lambda: plant.done() >= PROMPTS, 120, lambda: f"{plant.states()} {plant.where()}")
    small_disk.fill()
    refused = _submit_until_refused(plant)
    until(lambda: "database.unreachable" in plant.logs(), 60, plant.where)
    time.sleep(STILL_FULL_S)
    posts = plant.provider.posts()
    time.sleep(STILL_FULL_S / 2)
    assert plant.provider.posts() == posts
    assert plant.unsent() > 0
    small_disk.free()
    # The refused one is half there: the same command again brings in the rest.
    again = plant.project.command("submit", refused, "--json", "--platform", "chat_gpt")
    assert again.code == 0, again.err
    plant.runs.append(again.receipt["run"])
    _finishes(plant, "disk full: SQLite", began)


@pytest.mark.long
def test_sqlite_may_not_grow(plants: Plants) -> None:
    """Works where no file system can be mounted: the processes may not make a file longer than it is."""
    began = time.monotonic()
    plant = plants(**SLOW)
    _start(plant)
    _limit(plant, 4096)
    _nothing_new_is_sent(plant)
    _limit(plant, resource.RLIM_INFINITY)
    _finishes(plant, "SQLite may not grow", began)


def _submit_until_refused(plant: Plant) -> Path:
    """The log of writes has room of its own at first."""
    for number in range(30):
        path = plant.project.prompts(200, f"more{number}")
        said = plant.project.command("submit", path, "--json", "--platform", "chat_gpt")
        if said.code:
            break
        plant.runs.append(said.receipt["run"])
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "full" in said.err, said.err
    return path


def _limit(plant: Plant, longest_file: int) -> None:
    for service in plant.services:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (longest_file, resource.RLIM_INFINITY))
