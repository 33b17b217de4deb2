"""kill -9 at every failpoint around the paid calls: Standard, Live and collecting."""

from __future__ import annotations

import random
import time

from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.verdict import Allowed, judge
from workers.failpoints import POINTS

FEED = 30


def test_a_normal_run_passes_every_point(plants: Plants) -> None:
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


def test_kill_9_at_every_failpoint_loses_nothing_and_pays_nothing_twice(plants: Plants, seed: int) -> None:
    began = time.monotonic()
    rng = random.Random(seed)
    plant = plants()
    options = (
        "--platform",
        "chat_gpt",
        "--platform",
        "claude",
        "--platform",
        "perplexity",
        "--method",
        "auto",
    )
    plant.submit(FEED, *options)
    deaths = [{"PROMPTRELAY_FAILPOINT": f"{point}:kill@{rng.randint(1, 2)}"} for point in POINTS]
    live = [death for death in deaths if death["PROMPTRELAY_FAILPOINT"].startswith("live.")]
    standard = [death for death in deaths if death not in live]
    plant.dispatcher()
    workers = [
        plant.standard_worker(incarnations=rng.sample(standard, len(standard))),
        plant.live_worker(incarnations=rng.sample(live, len(live))),
    ]
    plant.keep_alive()

    def all_have_struck() -> bool:
        if any(worker.has_more_to_suffer for worker in workers):
            if not plant.unsent():
                plant.submit(FEED, *options)
            return False
        return True

    until(all_have_struck, 180, lambda: f"seed {seed}: not every point was reached: {plant.where()}")
    plant.wait_for_the_end()
    said = plant.logs()
    assert [point for point in POINTS if f"point={point} action=kill" not in said] == []
    assert plant.kills == len(POINTS)
    judge(plant, "kill -9 at every failpoint", Allowed(lost_live=True), began=began)
