"""A retried job begins anew, its run forgets that it was over, and what is purged stays so."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.runs import retrying
from promptrelay.database.schema import jobs, runs
from promptrelay.domain.job import MOST_DEATHS
from promptrelay.domain.states import JobState, Reason, RunState
from tests.integration.database.books import RUN, add_job, open_books


def failed(database: Database, **job: Any) -> str:
    job_id = add_job(database, state=JobState.FAILED)
    with database.write() as connection:
        connection.execute(sa.update(jobs).values({"reason": Reason.FAILED, **job}))
    return job_id


def change_run(database: Database, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(sa.update(runs).values(**values))


def retry(database: Database) -> int:
    with database.write() as connection:
        return retrying.retry(connection, RUN, [Reason.FAILED, Reason.QUARANTINED])


def row(database: Database, table: sa.Table) -> dict[str, Any]:
    with database.read() as connection:
        return dict(connection.execute(sa.select(table)).mappings().one())


def test_nothing_of_a_run_that_is_to_be_purged_is_paid_for_again(database: Database) -> None:
    """Its prompts are about to go, or are gone."""
    open_books(database, run_state=RunState.FINISHED)
    failed(database)
    change_run(database, purge_at=5.0)
    before = row(database, jobs), row(database, runs)
    assert retry(database) == 0
    assert (row(database, jobs), row(database, runs)) == before


def test_a_job_of_which_workers_died_starts_without_deaths(database: Database) -> None:
    """Else the first paid try that fails would put it into the quarantine again."""
    open_books(database)
    failed(database, deaths=MOST_DEATHS, reason=Reason.QUARANTINED, tries=2, status_code=40101)
    assert retry(database) == 1
    found = row(database, jobs)
    assert (found["state"], found["deaths"], found["tries"]) == (JobState.QUEUED, 0, 0)
    assert (found["reason"], found["status_code"]) == (None, None)


@pytest.mark.parametrize("state", [RunState.FINISHED, RunState.RUNNING])
def test_the_run_has_no_end_and_no_manifest_any_more(database: Database, state: RunState) -> None:
    """The manifest names the answers of a run that was over, and would be taken for all of them."""
    open_books(database, run_state=state)
    failed(database)
    change_run(database, finished_at=7.0, manifest="manifest of then")
    assert retry(database) == 1
    found = row(database, runs)
    assert (found["state"], found["finished_at"], found["manifest"]) == (RunState.RUNNING, None, None)


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.STOPPED_BUDGET])
def test_a_run_that_is_held_stays_held(database: Database, state: RunState) -> None:
    open_books(database, run_state=state)
    failed(database)
    assert retry(database) == 1
    assert row(database, runs)["state"] == state
