"""kill -9 of two dispatchers at every failpoint around the fires of a schedule."""

from __future__ import annotations

import random
import time
from datetime import date, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from promptrelay.failpoints import SCHEDULE_POINTS
from tests.acceptance.days import Days
from tests.acceptance.project import until
from tests.drills.conftest import Plants
from tests.drills.verdict import judge

DAY_S = 2.0
PROMPTS, REPEATS = 12, 2
YAML = f"""
name: brands
prompts: {{file: prompts.csv}}
platforms: [chat_gpt]
repeats: {REPEATS}
schedule: {{cron: "0 7 * * *", zone: Europe/Berlin, misfire: all, misfire_max: 100, overlap: allow}}
"""


def test_every_day_fires_once_whenever_its_dispatchers_are_killed(
    plants: Plants, seed: int, tmp_path: Path
) -> None:
    began = time.monotonic()
    days = Days(tmp_path / "calendar", ZoneInfo("Europe/Berlin"))
    days.begin("2026-03-01 12:00")
    plant = plants(CALENDAR_FILE=str(days.path))
    plant.project.prompts(PROMPTS)
    campaign = plant.project.folder / "campaign.yaml"
    campaign.write_text(YAML)
    added = plant.project.command("schedule", "add", campaign, "--yes", "--json")
    assert added.code == 0, added.err

    rng = random.Random(seed)
    deaths = [{"PROMPTRELAY_FAILPOINT": f"{point}:kill"} for point in SCHEDULE_POINTS]
    dispatchers = [plant.dispatcher(incarnations=rng.sample(deaths, len(deaths))) for _ in range(2)]
    plant.standard_worker()
    plant.keep_alive()
    days.run(day_s=DAY_S)
    until(
        lambda: not any(dispatcher.has_more_to_suffer for dispatcher in dispatchers),
        150,
        lambda: f"seed {seed}: not every point was reached: {plant.where()}",
    )
    days.hold()
    until(lambda: plant.rows("SELECT next_at FROM schedules")[0][0] > days.now())
    until(lambda: not plant.rows("SELECT 1 FROM fires WHERE outcome = 'queued'"))
    plant.wait_for_the_end()

    said = plant.logs("dispatcher")
    assert [point for point in SCHEDULE_POINTS if f"point={point} action=kill" not in said] == []
    fires = plant.rows("SELECT substr(wall, 1, 10), outcome, run_id FROM fires ORDER BY fire_at")
    first, last = date.fromisoformat("2026-03-02"), date.fromisoformat(fires[-1][0])
    every_day = [str(first + timedelta(number)) for number in range((last - first).days + 1)]
    assert [day for day, _, _ in fires] == every_day
    assert {outcome for _, outcome, _ in fires} == {"fired"}
    jobs = dict(plant.rows("SELECT run_id, count(*) FROM jobs GROUP BY 1"))
    assert sorted(run for _, _, run in fires) == sorted(jobs)
    assert set(jobs.values()) == {PROMPTS * REPEATS}
    judge(plant, "kill -9 around a fire", began=began)
