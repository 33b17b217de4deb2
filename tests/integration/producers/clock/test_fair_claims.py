"""Runs take turns at what room there is, one slot at a time or many."""

from __future__ import annotations

from collections import Counter

import sqlalchemy as sa

from producers.clock.fair_claims import FairClaims
from producers.clock.fair_order import Contender
from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.schema import jobs
from promptrelay.domain.states import JobState
from tests.integration.database.crowd import ACCOUNT, job_ids, open_runs, run_ids

KIND = ("chat_gpt", "standard")


def claim(database: Database, fair: FairClaims, runs: int, room: int) -> list[str]:
    with database.read() as connection:
        fair.look(connection)
    return fair.claim([Contender(run_id, 0, 1) for run_id in run_ids(runs)], KIND, room)


def runs_of(database: Database, ids: list[str]) -> Counter[str]:
    with database.read() as connection:
        found = connection.execute(sa.select(jobs.c.run_id).where(jobs.c.id.in_(ids))).scalars()
        return Counter(found)


def test_three_equal_runs_take_turns_at_room_for_one(database: Database) -> None:
    open_runs(database, 3, 4)
    fair = FairClaims(ACCOUNT, database, lease_s=60.0)
    claimed: list[str] = []
    for _ in range(6):
        claimed += claim(database, fair, 3, 1)
        with database.write() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.id.in_(claimed)).values(state=JobState.DONE))
    assert runs_of(database, claimed) == dict.fromkeys(run_ids(3), 2)


def test_what_a_run_has_on_the_way_counts_when_room_is_dealt(database: Database) -> None:
    open_runs(database, 2, 40)
    fair = FairClaims(ACCOUNT, database, lease_s=60.0)
    with database.write() as connection:
        ahead = job_ids(0, 20)
        connection.execute(sa.update(jobs).where(jobs.c.id.in_(ahead)).values(state=JobState.CLAIMED))
    assert runs_of(database, claim(database, fair, 2, 10)) == {run_ids(2)[1]: 10}
    assert runs_of(database, claim(database, fair, 2, 20)) == {run_ids(2)[0]: 5, run_ids(2)[1]: 15}


def test_room_that_a_run_cannot_use_goes_to_the_others_at_once(database: Database) -> None:
    open_runs(database, 2, 5)
    with database.write() as connection:
        later = jobs.c.id.in_(job_ids(0, 5)[1:])
        connection.execute(sa.update(jobs).where(later).values(due_at=now() + 3600.0))
    taken = claim(database, FairClaims(ACCOUNT, database, lease_s=60.0), 2, 8)
    assert runs_of(database, taken) == {run_ids(2)[0]: 1, run_ids(2)[1]: 5}
