"""Many processes at one database: nobody meets a lock, and no cap is passed by reservations."""

from __future__ import annotations

import threading
import time
from decimal import Decimal

import pytest

from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.plant import EVERYWHERE, TWO_STANDARD, Plant
from tests.drills.verdict import Allowed, judge

NANO = 1_000_000_000
WORKERS = 8


def test_four_workers_on_sqlite_never_show_a_lock(plants: Plants) -> None:
    began = time.monotonic()
    plant = plants()
    plant.submit(100, *EVERYWHERE)
    plant.dispatcher()
    for _ in range(4):
        plant.standard_worker()
    plant.live_worker()
    said = []
    while plant.rows("SELECT 1 FROM runs WHERE state <> 'finished'"):
        looked = plant.project.command("status")
        said.append(looked.out + looked.err)
        assert looked.code == 0, said[-1]
        assert time.monotonic() < began + 200, plant.states()
    assert "locked" not in plant.logs() + "".join(said)
    judge(plant, "four workers on SQLite", began=began)


class Watch:
    """Reads a run's counters again and again, and keeps the highest sum of spent and reserved."""

    def __init__(self, plant: Plant) -> None:
        self.highest = 0
        self.samples = 0
        self._plant = plant
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def end(self) -> None:
        self._over.set()
        self._thread.join()

    def _look(self) -> None:
        while not self._over.wait(0.02):
            for (taken,) in self._plant.rows("SELECT max(spent_nanos + reserved_nanos) FROM runs"):
                self.highest = max(self.highest, taken or 0)
                self.samples += 1


@pytest.mark.long
@pytest.mark.parametrize(
    ("reserve", "may_pass"),
    [("0.05", False), ("0.0102", True)],
    ids=["reserved_enough", "reserved_too_little"],
)
def test_eight_workers_against_a_cap(reserve: str, may_pass: bool, plants: Plants) -> None:
    began = time.monotonic()
    plant = plants(RESERVE_USD=reserve)
    cap = Decimal("1.2")
    run = plant.submit(150, *TWO_STANDARD, "--max-cost", cap)
    watch = Watch(plant)
    plant.dispatcher()
    for _ in range(WORKERS):
        plant.standard_worker(concurrency=6)
    until(
        lambda: plant.rows("SELECT 1 FROM runs WHERE state = 'stopped_budget' AND reserved_nanos = 0"),
        200,
        lambda: f"{plant.states()} {plant.where()}",
    )
    watch.end()
    receipt = plant.project.command("receipt", run, "--json").receipt
    net = Decimal(receipt["money"]["net"])
    print(f"cap {cap}, net {net}, highest {watch.highest / NANO} in {watch.samples} samples")
    assert watch.samples > 50
    assert Decimal(receipt["overspend"]) == max(Decimal(0), net - cap)
    if not may_pass:
        # What is reserved for an answer is more than it can cost: the sum never passes the cap.
        assert watch.highest <= cap * NANO
        assert net <= cap
        assert receipt["overspend"] == "0"
    judge(plant, f"8 workers against a cap, {reserve} reserved", Allowed(stopped_runs=True), began=began)
