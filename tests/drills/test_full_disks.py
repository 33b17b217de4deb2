"""No space left: sending stops, the word is clear, and work goes on when there is space again."""

from __future__ import annotations

import resource
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.plant import EVERYWHERE, Plant
from tests.drills.verdict import judge

PROMPTS = 60
SLOW = {"CALLS_PER_MINUTE": "700"}
STILL_FULL_S = 8.0


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


def _posts_stop(plant: Plant) -> None:
    """After what was on its way, no paid call is made while the disk is full."""
    plant.submit(20, *EVERYWHERE) if plant.project.data.exists() else None
    time.sleep(STILL_FULL_S)
    posts = plant.provider.posts()
    time.sleep(STILL_FULL_S)
    assert plant.provider.posts() == posts


def test_no_space_for_answers(plants: Plants, small_disk: SmallDisk) -> None:
    began = time.monotonic()
    plant = plants(RESULTS_URL=str(small_disk.place / "answers"), **SLOW)
    _start(plant)
    small_disk.fill()
    _posts_stop(plant)
    assert "no room" in plant.logs().lower() or "No space left" in plant.logs()
    small_disk.free()
    plant.wait_for_the_end()
    assert plant.done() == plant.count("SELECT count(*) FROM jobs")
    judge(plant, "disk full: answers", began=began)


@pytest.mark.long
def test_no_space_for_answers_nor_for_the_spool(plants: Plants, small_disk: SmallDisk) -> None:
    began = time.monotonic()
    plant = plants(RESULTS_URL=str(small_disk.place / "answers"), **SLOW)
    (plant.project.data).mkdir()
    (plant.project.data / "spool").symlink_to(small_disk.place / "spool")
    (small_disk.place / "spool").mkdir()
    _start(plant)
    small_disk.fill()
    _posts_stop(plant)
    small_disk.free()
    plant.wait_for_the_end()
    assert plant.done() == plant.count("SELECT count(*) FROM jobs")
    judge(plant, "disk full: answers and spool", began=began)


@pytest.mark.long
def test_no_space_for_sqlite(plants: Plants, small_disk: SmallDisk) -> None:
    began = time.monotonic()
    plant = plants(DATA_DIR=str(small_disk.place / "data"), **SLOW)
    plant.keep_alive()
    _start(plant)
    small_disk.fill()
    time.sleep(STILL_FULL_S)
    posts = plant.provider.posts()
    time.sleep(STILL_FULL_S)
    assert plant.provider.posts() == posts
    said = plant.project.command("submit", plant.project.prompts(5, "refused"), *EVERYWHERE)
    assert said.code == 1
    assert "Traceback" not in said.err
    assert "full" in said.err, said.err
    small_disk.free()
    plant.wait_for_the_end()
    assert plant.done() == plant.count("SELECT count(*) FROM jobs")
    judge(plant, "disk full: SQLite", began=began)


def test_sqlite_may_not_grow(plants: Plants) -> None:
    """Works where no file system can be mounted: the processes may not make a file longer than it is."""
    began = time.monotonic()
    plant = plants(**SLOW)
    _start(plant)
    for service in plant.services:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
    time.sleep(STILL_FULL_S)
    posts = plant.provider.posts()
    time.sleep(STILL_FULL_S / 2)
    assert plant.provider.posts() == posts
    for service in plant.services:
        resource.prlimit(service.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    plant.wait_for_the_end()
    assert plant.done() == plant.count("SELECT count(*) FROM jobs")
    judge(plant, "SQLite may not grow", began=began)
