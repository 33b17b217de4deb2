"""Of two dispatchers at one time or one release, the second makes no run and pays for nothing."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.schedules.misfires import Choice
from producers.schedules.run_starting import (
    MOST_QUEUED,
    FiringContext,
    Overtaken,
    fire_by_hand,
    fire_row,
    release,
    take_times,
)
from producers.submit.versions import Reading, read_version
from promptrelay.cli.options.campaign import spec_reader
from promptrelay.database.schedules import fires, schedules
from promptrelay.database.schema import fires as fires_table
from promptrelay.database.schema import runs
from promptrelay.database.schema import schedules as schedules_table
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.schedule import FireOutcome, Overlap
from tests.integration.producers.schedules.scene import SETTINGS, Scene

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def moment(scene: Scene) -> FiringContext:
    return FiringContext(scene.calendar.now, AccountTerms())


def reading(scene: Scene, schedule_id: str) -> Reading:
    path = scene.folder / "campaign.yaml"
    spec: CampaignSpec = spec_reader(SETTINGS)("main", path, {})
    return read_version(scene.database, spec, path, schedule_id)


def queue(scene: Scene, count: int = 1) -> list[dict[str, Any]]:
    """A schedule of which so many times wait for their run."""
    schedule_id = scene.add(overlap=Overlap.QUEUE)
    with scene.database.write() as connection:
        row = schedules.by_id(connection, schedule_id)
        for number in range(count):
            at = scene.at("03-01 07:00") - 86_400 * number
            fires.insert(connection, fire_row(row, at, at, outcome=FireOutcome.QUEUED, reason="it waits"))
    return sorted(scene.fire_rows(), key=lambda fire: fire["fire_at"])


def test_two_dispatchers_release_one_run(scene: Scene) -> None:
    """Both read that nothing goes on; each asks again once it holds the schedule."""
    first, second = queue(scene, 2)
    found = reading(scene, first["schedule_id"])
    with scene.database.write() as connection:
        assert release(connection, first, found, moment(scene)) is not None
    with scene.database.write() as connection:
        assert release(connection, second, found, moment(scene)) is None
    assert [fire["outcome"] for fire in scene.fire_rows()] == ["fired", "queued"]
    assert len(scene.runs()) == 1


@pytest.mark.parametrize("state", ["paused", "removed"])
def test_nothing_is_released_of_a_schedule_that_was_stopped_meanwhile(scene: Scene, state: str) -> None:
    (waiting,) = queue(scene)
    found = reading(scene, waiting["schedule_id"])
    with scene.database.write() as connection:
        connection.execute(sa.update(schedules_table).values(state=state))
        assert release(connection, waiting, found, moment(scene)) is None
    assert scene.runs() == []


def test_a_time_that_another_released_and_whose_run_is_over_makes_no_second_run(scene: Scene) -> None:
    """Nothing goes on any more, so only the time itself can say that it was taken."""
    (waiting,) = queue(scene)
    found = reading(scene, waiting["schedule_id"])
    with scene.database.write() as connection:
        release(connection, waiting, found, moment(scene))
    scene.finish_runs()
    with pytest.raises(Overtaken), scene.database.write() as connection:
        release(connection, waiting, found, moment(scene))
    assert len(scene.runs()) == 1
    assert [run["generation"] for run in scene.runs()] == [1]


def test_a_time_is_fired_by_whoever_moves_the_schedule_first(scene: Scene) -> None:
    schedule_id = scene.add()
    scene.go_to("03-02 07:00")
    at, found = scene.calendar.now, reading(scene, schedule_id)
    moved = {"next_at": at + 86_400, "due_at": at + 86_400}
    with scene.database.read() as connection:
        both = schedules.by_id(connection, schedule_id)
    told = []
    for _ in range(2):
        with scene.database.write() as connection:
            choice = Choice((at,), ())
            told.append(take_times(connection, both, choice, found, moment=moment(scene), moved=moved))
    assert [fire["outcome"] for fire in told[0] or ()] == ["fired"]
    assert told[1] is None
    assert len(scene.runs()) == 1


@pytest.mark.parametrize(
    ("overlap", "outcome"), [(Overlap.QUEUE, "queued"), (Overlap.SKIP, "skipped"), (Overlap.ALLOW, "fired")]
)
def test_a_new_time_does_not_pass_those_that_wait(scene: Scene, overlap: Overlap, outcome: str) -> None:
    """Nothing goes on, and all the same the older time comes first."""
    queue(scene)
    scene.finish_runs()
    with scene.database.write() as connection:
        connection.execute(sa.update(schedules_table).values(overlap=overlap))
    (schedule,) = scene.rows_of(schedules_table)
    scene.go_to("03-02 07:00")
    found, now = reading(scene, schedule["id"]), moment(scene)
    choice, moved = Choice((now.now,), ()), {"next_at": now.now + 86_400}
    with scene.database.write() as connection:
        told = take_times(connection, schedule, choice, found, moment=now, moved=moved)
    assert [fire["outcome"] for fire in told or ()] == [outcome]
    if overlap is Overlap.SKIP:
        assert told is not None
        assert told[0]["reason"] == "earlier times wait for their run"


@pytest.mark.parametrize(("waiting", "outcome"), [(MOST_QUEUED - 1, "queued"), (MOST_QUEUED, "skipped")])
def test_the_hundredth_time_waits_and_the_next_does_not(scene: Scene, waiting: int, outcome: str) -> None:
    queue(scene, waiting)
    (schedule,) = scene.rows_of(schedules_table)
    scene.go_to("03-02 07:00")
    choice = Choice((scene.calendar.now,), ())
    with scene.database.write() as connection:
        moved = {"next_at": scene.calendar.now + 86_400}
        told = take_times(connection, schedule, choice, None, moment=moment(scene), moved=moved)
    assert [fire["outcome"] for fire in told or ()] == [outcome]
    with scene.database.read() as connection:
        assert fires.count_queued(connection, schedule["id"]) == MOST_QUEUED - (waiting < MOST_QUEUED - 1)


def test_a_time_before_the_local_month_ends_is_booked_in_it(scene: Scene) -> None:
    schedule_id = scene.add()
    scene.go_to("04-01 00:30")  # Still March in UTC.
    found = reading(scene, schedule_id)
    with scene.database.write() as connection:
        row = fire_by_hand(connection, schedule_id, found, moment(scene))
    assert row["month"] == "2026-04"
    with scene.database.read() as connection:
        assert connection.execute(sa.select(fires_table.c.month)).scalar_one() == "2026-04"
        assert connection.execute(sa.select(sa.func.count()).select_from(runs)).scalar_one() == 1
