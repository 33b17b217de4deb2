"""Which small segments are merged next."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.segments.compaction import piles
from promptrelay.domain.states import RunState
from tests.integration.database.crowded import ANSWERED, crowd


def test_the_single_segments_of_runs_that_are_written_starve_no_new_run(database: Database) -> None:
    crowd(database, jobs=100, runs=25_000)
    with database.read() as connection:
        assert piles(connection, "default") == []
    with database.write() as connection:
        ended = sa.text(f"UPDATE runs SET state = '{RunState.FINISHED}' WHERE id = :id")
        connection.execute(ended, {"id": ANSWERED})
    with database.read() as connection:
        found = piles(connection, "default", most=3)
    assert {pile.run_id for pile in found} == {ANSWERED}
    # 10 or 11 on each of four platforms; a slice of one is nothing to merge.
    assert sorted(len(pile.keys) for pile in found) == [2] * 2 + [3] * 12
    assert len({key for pile in found for key in pile.keys}) == 40
