"""Only a job that is still claimed is given back: one that may have been paid for is not (P4)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.database.attempts import claims
from promptrelay.database.database import Database
from promptrelay.database.schema import jobs
from promptrelay.domain.states import JobState
from tests.integration.database.books import HeldClock, add_job, open_books


def job(database: Database, job_id: str) -> dict[str, Any]:
    with database.read() as connection:
        return dict(connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).mappings().one())


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.CLAIMED])
def test_a_job_in_any_other_state_is_left_as_it_is(database: Database, state: JobState) -> None:
    """A message may come twice: the second worker gives back what the first is paying for."""
    open_books(database)
    job_id = add_job(database, state=state)
    before = job(database, job_id)
    with database.write() as connection:
        assert claims.give_back(connection, [job_id], wait_s=0.0) == 0
    assert job(database, job_id) == before


def test_a_claimed_job_is_due_again_after_the_wait_and_in_nobodys_hands(
    database: Database, clock: HeldClock
) -> None:
    open_books(database)
    given, other = add_job(database, 1, state=JobState.CLAIMED), add_job(database, 2, state=JobState.CLAIMED)
    with database.write() as connection:
        claims.take(connection, [given])
        began = connection.execute(sa.select(jobs.c.taken).where(jobs.c.id == given)).scalar_one()
        assert began
        assert claims.give_back(connection, [given], wait_s=60.0) == 1
    found = job(database, given)
    assert (found["state"], found["taken"], found["lease_until"], found["deaths"]) == (
        "queued",
        False,
        None,
        0,
    )
    assert found["due_at"] > 60.0
    assert job(database, other)["state"] == "claimed"
