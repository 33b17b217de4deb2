"""kill -9 at every failpoint around the paid calls: Standard, Live and collecting."""

from __future__ import annotations

import random
import sqlite3
import time
from contextlib import closing

from promptrelay.domain.platform import Method
from promptrelay.failpoints import POINTS
from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.plant import ONE_LIVE, TWO_STANDARD, Plant
from tests.drills.verdict import AS_TEXT, Allowed, Count, deviations, judge

FEED = 30
TAMPERED = {
    "ledger SET provider_nanos = provider_nanos - 1, held_nanos = held_nanos + 1 WHERE id = 1": "booked",
    "provider_tasks SET segment = NULL WHERE rowid = 1": "no answer at rest",
    "provider_tasks SET line_sha256 = 'x' WHERE rowid = 2": "has another hash",
    "jobs SET state = 'queued' WHERE rowid = 1": "1 jobs are queued",
    "attempts SET state = 'unknown' WHERE rowid = 1": "1 attempts are unknown",
    "runs SET reserved_nanos = 1": "1 reserved",
}
"""What the verdict must see, by how it comes about."""


def test_a_normal_run_passes_every_point_and_the_verdict_sees_what_is_wrong(plants: Plants) -> None:
    began = time.monotonic()
    plant = plants(FAILPOINT="*:log")
    plant.submit(FEED, "--platform", "chat_gpt", "--platform", "perplexity", "--method", "auto")
    plant.dispatcher()
    plant.standard_worker()
    plant.live_worker()
    plant.wait_for_the_end()
    said = plant.logs()
    assert [point for point in POINTS if f"point={point} " not in said] == []
    judge(plant, "nothing happens", began=began)
    plant.close()
    _tamper(plant)
    seen = "\n".join(deviations(plant, plant.provider.tasks(**AS_TEXT), Allowed(), Count("tampered", 0)))
    assert [word for word in TAMPERED.values() if word not in seen] == [], seen


def _tamper(plant: Plant) -> None:
    with closing(sqlite3.connect(plant.project.data / "promptrelay.sqlite3")) as connection, connection:
        for change in TAMPERED:
            assert connection.execute(f"UPDATE {change}").rowcount == 1


def test_kill_9_at_every_failpoint_loses_nothing_and_pays_nothing_twice(plants: Plants, seed: int) -> None:
    began = time.monotonic()
    rng = random.Random(seed)
    plant = plants()
    deaths = [{"PROMPTRELAY_FAILPOINT": f"{point}:kill@{rng.randint(1, 2)}"} for point in POINTS]
    live = [death for death in deaths if death["PROMPTRELAY_FAILPOINT"].startswith("live.")]
    standard = [death for death in deaths if death not in live]
    _feed(plant, Method.STANDARD)
    _feed(plant, Method.LIVE)
    plant.dispatcher()
    workers = {
        Method.STANDARD: plant.standard_worker(incarnations=rng.sample(standard, len(standard))),
        Method.LIVE: plant.live_worker(incarnations=rng.sample(live, len(live))),
    }
    plant.keep_alive()

    def all_have_struck() -> bool:
        suffering = [method for method, worker in workers.items() if worker.has_more_to_suffer]
        for method in suffering:
            if not plant.unsent(method):
                _feed(plant, method)
        return not suffering

    until(all_have_struck, 180, lambda: f"seed {seed}: not every point was reached: {plant.where()}")
    plant.wait_for_the_end()
    said = plant.logs()
    assert [point for point in POINTS if f"point={point} action=kill" not in said] == []
    assert plant.kills == len(POINTS)
    judge(plant, "kill -9 at every failpoint", Allowed(lost_live=True), began=began)


def _feed(plant: Plant, method: Method) -> None:
    """Few Live calls at once: each killed one keeps its slot until the lease ends."""
    if method is Method.LIVE:
        plant.submit(6, *ONE_LIVE)
    else:
        plant.submit(FEED, *TWO_STANDARD)
