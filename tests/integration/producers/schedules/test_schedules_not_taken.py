"""What is wrong with one schedule stops no other, whatever the database says of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DataError, OperationalError

from producers.campaign.spec import CampaignSpec
from promptrelay.database.schema import schedules as schedules_table
from tests.integration.producers.schedules.scene import Scene


def test_what_the_database_does_not_take_of_one_schedule_pauses_that_one_alone(scene: Scene) -> None:
    """Else it would stop the clock of all others at each of its times."""
    scene.write("a")
    other = scene.folder / "other.yaml"
    other.write_text(scene.write("a").read_text())
    scene.add("hostile", file=other, given={"tag": "x"})
    scene.add("daily")
    scene.go_to("03-02 07:00")
    firing = scene.firing()
    read = firing.read_spec

    def hostile(account: str, file: Path, given: Mapping[str, Any]) -> CampaignSpec:
        if file == other:
            # As the driver of PostgreSQL says it of a text with a NUL in it.
            raise DataError(
                "INSERT …", {}, ValueError("PostgreSQL text fields cannot contain NUL (0x00) bytes")
            )
        return read(account, file, given)

    firing.read_spec = hostile
    for _ in range(3):
        firing.tick()
    with scene.database.read() as connection:
        states = dict(connection.execute(sa.select(schedules_table.c.name, schedules_table.c.state)).all())
        reasons = dict(connection.execute(sa.select(schedules_table.c.name, schedules_table.c.reason)).all())
    assert states == {"hostile": "paused", "daily": "active"}
    assert reasons["hostile"] == (
        "the database does not take what it would write (DataError): look at the campaign's texts"
    )
    assert [fire["outcome"] for fire in scene.fire_rows()] == ["fired"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_that_is_away_pauses_nothing(scene: Scene) -> None:
    scene.add()
    scene.go_to("03-02 07:00")
    firing = scene.firing()

    def away(*_: object) -> CampaignSpec:
        raise OperationalError("SELECT …", {}, ValueError("gone"))

    firing.read_spec = away
    with pytest.raises(OperationalError):
        firing.tick()
    assert scene.schedule()["state"] == "active"
