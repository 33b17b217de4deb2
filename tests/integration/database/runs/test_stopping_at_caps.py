"""A run stops at its cap only when nothing of it is out that may still make room (P22)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from promptrelay.database.attempts.permission import NoRoom
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.runs.caps import stop_at_caps
from promptrelay.database.schema import attempts, jobs
from promptrelay.domain.evidence import Evidence
from promptrelay.domain.money import Usd
from promptrelay.domain.states import WATCHED_ATTEMPT, AttemptState, JobState
from tests.integration.database.books import TERMS, accepted, answered
from tests.integration.database.crowd import EACH, open_runs, permit_jobs, run_ids

(RUN,) = run_ids(1)
FITS_ONE = Usd(EACH.cost.nanos + 1)


def send_one(database: Database, job_id: str) -> str:
    with database.write() as connection:
        (sending,) = permit_jobs(connection, [job_id])
    return sending.attempt_id


def tell(database: Database, *evidence: Evidence) -> None:
    with database.write() as connection:
        record(connection, evidence, terms=TERMS, max_tries=2)


def stopped(database: Database) -> list[str]:
    with database.write() as connection:
        return stop_at_caps(connection)


def test_a_run_goes_on_while_an_open_attempt_may_give_back_what_it_set_aside(database: Database) -> None:
    first, second = open_runs(database, 1, 2, state=JobState.CLAIMED, max_cost=FITS_ONE)
    attempt = send_one(database, first)
    with pytest.raises(NoRoom):
        send_one(database, second)
    assert stopped(database) == []
    tell(database, accepted(attempt))
    assert stopped(database) == []
    tell(database, answered(attempt, spent="0.0001"))
    # It cost far less than it set aside, and still the next one does not fit beside it.
    assert stopped(database) == [RUN]
    assert stopped(database) == [], "it is told once"


@pytest.mark.parametrize("state", WATCHED_ATTEMPT)
def test_each_attempt_that_is_waited_for_counts_as_open(database: Database, state: AttemptState) -> None:
    first, _ = open_runs(database, 1, 2, state=JobState.CLAIMED, max_cost=FITS_ONE)
    send_one(database, first)
    with database.write() as connection:
        connection.execute(sa.update(attempts).values(state=state))
    assert stopped(database) == []
    with database.write() as connection:
        connection.execute(sa.update(attempts).values(state=AttemptState.FAILED))
    assert stopped(database) == [RUN]


def test_a_run_without_jobs_to_send_is_not_stopped(database: Database) -> None:
    (job_id,) = open_runs(database, 1, 1, state=JobState.CLAIMED, max_cost=Usd(1))
    with database.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(state=JobState.DONE))
    assert stopped(database) == []
