"""Schedules fire once, at their times, and make runs of what the file says; on both databases."""

from __future__ import annotations

import logging
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.schedules.times import Timing
from producers.submit.submit import submit
from promptrelay.answers.stores.local import LocalStore
from promptrelay.care.purge import purge_run
from promptrelay.cli.options.campaign import spec_reader
from promptrelay.database.schema import campaign_versions, runs, version_rows
from promptrelay.database.schema import schedules as schedules_table
from promptrelay.domain.money import Usd
from promptrelay.domain.schedule import Misfire, Overlap
from tests.integration.producers.schedules.scene import BERLIN, SETTINGS, Killed, Scene

POINTS = (
    "schedule.after_reading",
    "schedule.before_fire",
    "schedule.after_fire",
    "schedule.after_slice",
    "schedule.before_open",
    "schedule.after_open",
)


def test_a_time_that_has_come_makes_a_run_like_that_of_submit(scene: Scene) -> None:
    scene.add()
    scene.tick()
    assert scene.fires() == []
    scene.go_to("03-02 07:00")
    scene.tick(2)
    assert scene.fires() == [("03-02 07:00", "fired")]
    (run,) = scene.runs()
    assert (run["state"], run["campaign"], run["generation"]) == ("running", "shoes", 1)
    made, fired = scene.jobs(), scene.rows()
    scene.finish_runs()
    done = submit(scene.database, _spec(scene), scene.folder / "campaign.yaml", again=True)
    assert (done.created, done.generation) == (True, 2)
    same = [job for job in scene.jobs() if job["run_id"] == done.run_id]
    assert [_without_run(job) for job in same] == [_without_run(job) for job in made]
    again = [row for row in scene.rows() if row["run_id"] == done.run_id]
    assert [_without_run(row) for row in again] == [_without_run(row) for row in fired]


def _spec(scene: Scene) -> CampaignSpec:
    return spec_reader(SETTINGS)("main", scene.folder / "campaign.yaml", {})


def _without_run(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("id", "run_id")}


def test_times_are_kept_in_utc_with_their_wall_time_and_zone(
    scene: Scene,
) -> None:
    scene.add(overlap=Overlap.ALLOW)
    for day in ("28", "29", "30"):
        scene.go_to(f"03-{day} 07:00")
        scene.tick()
    told = [(fire["fire_at"] % 86_400 / 3_600, fire["wall"], fire["zone"]) for fire in scene.fire_rows()]
    assert [hour for hour, _, _ in told[-3:]] == [6.0, 5.0, 5.0]
    assert told[-2][1:] == ("2026-03-29 07:00:00+02:00", "Europe/Berlin")


def test_jitter_delays_a_time_and_does_not_change_it(scene: Scene) -> None:
    scene.add(jitter_s=7_200)
    late_s = scene.schedule()["due_at"] - scene.at("03-02 07:00")
    assert 0 < late_s < 7_200
    scene.calendar.now = scene.at("03-02 07:00") + late_s - 1
    scene.tick()
    assert scene.fires() == []
    scene.calendar.now += 1
    scene.tick()
    assert scene.fires() == [("03-02 07:00", "fired")]


@pytest.mark.parametrize(
    ("misfire", "outcomes"),
    [
        (Misfire.SKIP, ["missed", "missed", "missed", "missed"]),
        (Misfire.ONCE, ["missed", "missed", "missed", "fired"]),
        (Misfire.ALL, ["missed", "missed", "fired", "fired"]),
    ],
)
def test_after_an_outage_the_policy_decides(scene: Scene, misfire: Misfire, outcomes: list[str]) -> None:
    scene.add(misfire=misfire, misfire_max=2, overlap=Overlap.ALLOW)
    scene.go_to("03-05 12:00")
    scene.tick(2)
    assert [outcome for _, outcome in scene.fires()] == outcomes
    assert scene.schedule()["next_wall"] == "2026-03-06 07:00:00+01:00"
    scene.go_to("03-06 07:00")
    scene.tick()
    assert scene.fires()[-1] == ("03-06 07:00", "fired")


def test_what_is_made_up_for_waits_its_turn_unless_runs_may_overlap(scene: Scene) -> None:
    scene.add(misfire=Misfire.ALL)
    scene.go_to("03-04 12:00")
    scene.tick(2)
    assert [outcome for _, outcome in scene.fires()] == ["fired", "queued", "queued"]
    for left in (["fired", "fired", "queued"], ["fired", "fired", "fired"]):
        scene.finish_runs()
        scene.tick(2)
        assert [outcome for _, outcome in scene.fires()] == left


@pytest.mark.parametrize(
    ("overlap", "outcome"), [(Overlap.SKIP, "skipped"), (Overlap.QUEUE, "queued"), (Overlap.ALLOW, "fired")]
)
def test_a_time_that_comes_too_soon_is_treated_as_the_policy_says(
    scene: Scene, overlap: Overlap, outcome: str
) -> None:
    scene.add(overlap=overlap)
    for day in ("02", "03"):
        scene.go_to(f"03-{day} 07:00")
        scene.tick(2)
    assert scene.fires() == [("03-02 07:00", "fired"), ("03-03 07:00", outcome)]
    if overlap is Overlap.SKIP:
        assert scene.fire_rows()[1]["reason"] == f"run {scene.runs()[0]['id']} is not finished"
    scene.finish_runs()
    scene.tick(2)
    assert scene.fires()[1][1] == ("skipped" if overlap is Overlap.SKIP else "fired")


def test_a_run_that_is_stopped_at_its_cap_keeps_nobody_waiting(scene: Scene) -> None:
    scene.add()
    scene.go_to("03-02 07:00")
    scene.tick(2)
    with scene.database.write() as connection:
        connection.execute(sa.update(runs).values(state="stopped_budget"))
    scene.go_to("03-03 07:00")
    scene.tick()
    assert scene.fires()[1][1] == "fired"


def test_changed_prompts_are_named_and_unchanged_content_is_the_same_version(scene: Scene) -> None:
    scene.add(overlap=Overlap.ALLOW)
    for day, prompts in (("02", "abc"), ("03", "abc"), ("04", "bcde")):
        scene.write(*prompts)
        scene.go_to(f"03-{day} 07:00")
        scene.tick(2)
    first, same, changed = scene.fire_rows()
    assert first["version_id"] == same["version_id"] != changed["version_id"]
    assert (first["prompts_added"], same["prompts_added"], same["prompts_removed"]) == (None, 0, 0)
    assert (changed["prompts_added"], changed["prompts_removed"]) == (2, 1)
    assert changed["previous_version_id"] == same["version_id"]


def test_a_run_is_loaded_from_what_the_file_said_whatever_becomes_of_it(scene: Scene) -> None:
    scene.add()
    scene.go_to("03-02 07:00")
    scene.kill_at = "schedule.after_fire"
    with pytest.raises(Killed):
        scene.tick()
    assert scene.runs()[0]["state"] == "loading"
    (scene.folder / "campaign.yaml").unlink()
    (scene.folder / "prompts.csv").write_text("prompt,topic\nquite another,x\n")
    scene.kill_at = ""
    scene.tick()
    assert scene.runs()[0]["state"] == "running"
    assert [row["prompt"] for row in scene.rows()] == ["a", "b", "c"]


@pytest.mark.parametrize("harm", ["gone", "no yaml", "no prompts", "refused"])
def test_a_file_that_is_no_longer_right_pauses_the_schedule_once(
    scene: Scene, harm: str, caplog: pytest.LogCaptureFixture
) -> None:
    scene.add()
    path = scene.folder / "campaign.yaml"
    match harm:
        case "gone":
            path.unlink()
        case "no yaml":
            path.write_text("prompts: [")
        case "no prompts":
            (scene.folder / "prompts.csv").unlink()
        case "refused":
            scene.write("x" * 600)
    scene.go_to("03-02 07:00")
    with caplog.at_level(logging.INFO):
        scene.tick(3)
        scene.go_to("03-03 07:00")
        scene.tick(3)
    assert scene.schedule()["state"] == "paused"
    assert "campaign.yaml" in scene.schedule()["reason"] or "prompts.csv" in scene.schedule()["reason"]
    assert scene.fires() == [("03-02 07:00", "skipped")]
    assert [record.message for record in caplog.records].count("schedule.paused") == 1
    assert scene.runs() == []


def test_a_reading_that_fails_in_an_unforeseen_way_pauses_only_its_schedule(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.add()
    scene.go_to("03-02 07:00")

    def fail(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("producers.schedules.tick.read_version", fail)
    scene.tick(3)
    assert scene.schedule()["state"] == "paused"
    assert "in an unforeseen way (ZeroDivisionError)" in scene.schedule()["reason"]


def test_a_zone_that_is_gone_pauses_its_schedule(scene: Scene) -> None:
    scene.add()
    with scene.database.write() as connection:
        connection.execute(sa.update(schedules_table).values(zone="Europe/Atlantis"))
    scene.tick(2)
    assert scene.schedule()["state"] == "paused"
    assert "no time zone called Europe/Atlantis" in scene.schedule()["reason"]


def test_the_runs_of_a_month_together_stay_below_its_cap(scene: Scene) -> None:
    once = _expected(scene)
    scene.add(monthly_cap=Usd(once.nanos * 5 // 2), overlap=Overlap.ALLOW)
    for day in ("29", "30", "31"):
        scene.go_to(f"03-{day} 07:00")
        scene.tick(2)
        scene.finish_runs(once.nanos)
    months = [fire for fire in scene.fire_rows() if fire["wall"] > "2026-03-29"]
    assert [fire["outcome"] for fire in months] == ["fired", "fired", "skipped"]
    assert "has $" in months[2]["reason"]
    assert "left in 2026-03" in months[2]["reason"]
    assert scene.runs()[1]["max_cost_nanos"] == once.nanos * 5 // 2 - once.nanos
    scene.go_to("04-01 07:00")
    scene.tick()
    assert scene.fires()[-1] == ("04-01 07:00", "fired")


def test_an_unfinished_run_is_held_to_what_it_is_likely_to_cost_so_that_the_cap_holds(scene: Scene) -> None:
    cap = Usd.of("10")
    scene.add(monthly_cap=cap, overlap=Overlap.ALLOW)
    for day in ("02", "03"):
        scene.go_to(f"03-{day} 07:00")
        scene.tick(2)
    first, second = scene.runs()
    assert first["max_cost_nanos"] == scene.fire_rows()[0]["p90_nanos"]
    assert first["max_cost_nanos"] + second["max_cost_nanos"] == cap.nanos


def _expected(scene: Scene) -> Usd:
    """What a run costs if every answer costs what the median one does."""
    scene.add("measure", overlap=Overlap.ALLOW)
    scene.go_to("03-28 07:00")
    scene.tick(2)
    scene.finish_runs()
    with scene.database.write() as connection:
        connection.execute(sa.update(schedules_table).values(state="removed", due_at=None))
        connection.execute(sa.delete(runs))
    return Usd(scene.fire_rows()[-1]["p50_nanos"])


def test_an_end_ends_the_schedule(scene: Scene) -> None:
    end = scene.at("03-03 07:00")
    scene.add(timing=Timing(zone=BERLIN, cron="0 7 * * *", end_at=end), overlap=Overlap.ALLOW)
    for day in ("02", "03", "04"):
        scene.go_to(f"03-{day} 07:00")
        scene.tick()
    assert [day for day, _ in scene.fires()] == ["03-02 07:00", "03-03 07:00"]
    assert (scene.schedule()["state"], scene.schedule()["next_at"]) == ("ended", None)


def test_new_rules_of_a_zone_move_the_next_time(scene: Scene) -> None:
    scene.add()
    with scene.database.write() as connection:
        noted_under_old_rules = {"next_wall": "2026-03-02 07:00:00+02:00"}
        late = {name: scene.at("03-02 08:00") for name in ("next_at", "due_at")}
        connection.execute(sa.update(schedules_table).values(**noted_under_old_rules, **late))
    scene.tick()
    assert scene.schedule()["next_at"] == scene.at("03-02 07:00")
    assert scene.schedule()["next_wall"] == "2026-03-02 07:00:00+01:00"


@pytest.mark.parametrize("point", POINTS)
def test_killed_at_any_point_of_a_fire_nothing_is_lost_and_nothing_doubled(scene: Scene, point: str) -> None:
    scene.write(*(f"prompt {number}" for number in range(400)), repeats=2)  # 2,400 jobs: several slices.
    scene.add()
    scene.go_to("03-02 07:00")
    scene.kill_at = point
    with pytest.raises(Killed):
        scene.tick(5)
    scene.kill_at = ""
    for _ in range(5):
        scene.tick()
    assert scene.fires() == [("03-02 07:00", "fired")]
    assert [run["state"] for run in scene.runs()] == ["running"]
    positions = [job["position"] for job in scene.jobs()]
    assert positions == list(range(1, 400 * 2 * 3 + 1))
    assert len(scene.rows()) == 400


def test_many_dispatchers_at_once_fire_once(scene: Scene) -> None:
    scene.write(*(f"prompt {number}" for number in range(200)), repeats=2)
    scene.add()
    scene.go_to("03-02 07:00")
    start = threading.Barrier(4)

    def run_dispatcher(_number: int) -> None:
        firing = scene.firing()
        start.wait(10)
        for _ in range(6):
            firing.tick()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run_dispatcher, range(4)))
    assert scene.fires() == [("03-02 07:00", "fired")]
    assert [run["state"] for run in scene.runs()] == ["running"]
    assert [job["position"] for job in scene.jobs()] == list(range(1, 200 * 2 * 3 + 1))


def test_a_run_that_is_cancelled_while_it_is_loaded_sends_nothing(scene: Scene) -> None:
    scene.write(*(f"prompt {number}" for number in range(400)), repeats=2)
    scene.add()
    scene.go_to("03-02 07:00")
    scene.kill_at = "schedule.after_slice"
    with pytest.raises(Killed):
        scene.tick(2)
    with scene.database.write() as connection:
        connection.execute(sa.update(runs).values(state="cancelled"))
    scene.kill_at = ""
    scene.tick(3)
    assert [run["state"] for run in scene.runs()] == ["cancelled"]
    assert 0 < len(scene.jobs()) < 2_400


def test_a_loading_run_of_a_schedule_is_left_to_dispatchers_by_submit(scene: Scene) -> None:
    scene.add()
    scene.go_to("03-02 07:00")
    scene.kill_at = "schedule.after_fire"
    with pytest.raises(Killed):
        scene.tick()
    done = submit(scene.database, _spec(scene), scene.folder / "campaign.yaml")
    assert (done.created, done.state, done.jobs) == (False, "loading", 0)


def test_a_loading_run_of_submit_is_left_alone(scene: Scene) -> None:
    done = submit(scene.database, _spec(scene), scene.folder / "campaign.yaml")
    with scene.database.write() as connection:
        connection.execute(sa.update(runs).values(state="loading"))
    scene.tick(3)
    assert [(run["id"], run["state"]) for run in scene.runs()] == [(done.run_id, "loading")]


def test_a_purged_run_takes_the_prompts_of_its_version_with_it_unless_they_are_needed(scene: Scene) -> None:
    scene.add(overlap=Overlap.ALLOW)
    for day, prompts in (("02", "abc"), ("03", "abc"), ("04", "bcd")):
        scene.write(*prompts)
        scene.go_to(f"03-{day} 07:00")
        scene.tick(2)
    scene.finish_runs()
    first, second, newest = (fire["version_id"] for fire in scene.fire_rows())
    assert first == second
    store = LocalStore(scene.folder / "answers")
    left = []
    for run in scene.runs():
        purge_run(scene.database, store, run)
        left.append([row["version_id"] for row in scene.rows_of(version_rows, version_rows.c.row_no)])
    # The second run needed it still, and the newest version is what the next run is compared with.
    assert left == [[first, newest] * 3, [newest] * 3, [newest] * 3]
    scene.write(*"abc")
    scene.go_to("03-05 07:00")
    scene.tick(2)
    assert scene.fires()[-1] == ("03-05 07:00", "fired")
    assert scene.fire_rows()[-1]["version_id"] not in (first, newest)
    assert [row["prompt"] for row in scene.rows()] == ["a", "b", "c"]


def test_a_version_that_is_purged_between_reading_and_firing_is_read_again(scene: Scene) -> None:
    scene.add()
    scene.go_to("03-02 07:00")
    firing = scene.firing()
    purged: list[str] = []

    def purge_once(point: str) -> None:
        if point == "schedule.before_fire" and not purged:
            purged.append(point)
            with scene.database.write() as connection:
                connection.execute(sa.update(campaign_versions).values(content=None))
                connection.execute(sa.delete(version_rows))

    firing.passes = purge_once
    firing.tick()
    assert scene.fires() == []
    firing.tick()
    firing.tick()
    assert scene.fires() == [("03-02 07:00", "fired")]
    assert [row["prompt"] for row in scene.rows()] == ["a", "b", "c"]
