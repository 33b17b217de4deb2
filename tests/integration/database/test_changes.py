"""Whoever waits for the next commit notices each of another connection, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

from promptrelay.database import upkeep
from promptrelay.database.changes import Changes
from promptrelay.database.database import Database


def test_a_commit_of_another_is_noticed_and_reading_is_none(
    database: Database, open_database: Callable[[], Database]
) -> None:
    other = open_database()
    changes = Changes(database)
    seen = changes.latest()
    with other.read() as connection:
        upkeep.resting(connection, "a")
    assert changes.latest() == seen is not None
    with other.write() as connection:
        upkeep.take_turn(connection, "a", "upkeep.models", every_s=60.0)
        assert changes.latest() == seen, "it is not committed yet"
    assert changes.latest() != seen
    changes.close()
