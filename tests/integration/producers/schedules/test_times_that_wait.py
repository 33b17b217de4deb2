"""A time fires once, not before its jitter is over, and not beside a run that still goes on."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from promptrelay.database.schema import runs
from promptrelay.database.schema import schedules as schedules_table
from promptrelay.domain.schedule import Misfire, Overlap
from tests.integration.producers.schedules.scene import Scene


def test_after_an_outage_too_a_time_waits_for_its_own_jitter(scene: Scene) -> None:
    scene.add(jitter_s=7_200, misfire=Misfire.ALL, overlap=Overlap.ALLOW)
    scene.go_to("03-03 07:00")
    scene.tick(2)
    assert scene.fires() == [("03-02 07:00", "fired")]
    scene.go_to("03-03 09:00")
    scene.tick(2)
    assert scene.fires() == [("03-02 07:00", "fired"), ("03-03 07:00", "fired")]


@pytest.mark.parametrize(
    ("state", "outcome"),
    [("running", "skipped"), ("paused", "skipped"), ("loading", "skipped"), ("cancelled", "fired")],
)
def test_a_run_that_may_go_on_keeps_the_next_one_waiting(scene: Scene, state: str, outcome: str) -> None:
    """A paused run will send the rest: a second one would ask the same questions beside it."""
    scene.add(overlap=Overlap.SKIP)
    scene.go_to("03-02 07:00")
    scene.tick(2)
    with scene.database.write() as connection:
        connection.execute(sa.update(runs).values(state=state))
    scene.go_to("03-03 07:00")
    scene.tick()
    assert [found for _, found in scene.fires()] == ["fired", outcome]


def test_a_time_that_has_come_does_not_come_again(scene: Scene) -> None:
    """As when a zone's new rules, or somebody's hand, move the next time back."""
    scene.add(overlap=Overlap.ALLOW)
    scene.go_to("03-02 07:00")
    before = {name: scene.schedule()[name] for name in ("next_at", "next_wall", "due_at")}
    scene.tick(2)
    with scene.database.write() as connection:
        connection.execute(sa.update(schedules_table).values(**before))
    scene.tick(2)
    assert scene.fires() == [("03-02 07:00", "fired")]
    assert len(scene.runs()) == 1
    scene.go_to("03-03 07:00")
    scene.tick(2)
    assert len(scene.runs()) == 2
