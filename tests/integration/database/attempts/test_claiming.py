"""What is claimed, in which order and for how long; whose lease ended with it in hand has died of it (P4)."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.database.attempts import claims
from promptrelay.database.database import Database
from promptrelay.database.schema import jobs
from promptrelay.domain.job import MOST_DEATHS
from promptrelay.domain.states import JobState, Reason, RunState
from tests.integration.database.books import ACCOUNT, RUN, add_job, open_books

PLATFORM, METHOD = "chat_gpt", "standard"


def claim(database: Database, most: int = 9) -> list[str]:
    with database.write() as connection:
        return claims.claim(connection, RUN, PLATFORM, METHOD, most=most, lease_s=60.0)


def suspect(database: Database) -> list[str]:
    with database.write() as connection:
        return claims.claim_suspect(connection, ACCOUNT, PLATFORM, METHOD, lease_s=60.0)


def end_leases(database: Database, *, every: bool = False) -> int:
    with database.write() as connection:
        return claims.end_leases(connection, ACCOUNT) if every else claims.end_stale_leases(connection)


def change(database: Database, job_id: str, **values: Any) -> None:
    with database.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))


def job(database: Database, job_id: str) -> dict[str, Any]:
    with database.read() as connection:
        return dict(connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).mappings().one())


def take(database: Database, *job_ids: str) -> None:
    with database.write() as connection:
        claims.take(connection, job_ids)


def test_jobs_are_claimed_in_the_order_of_the_input(database: Database) -> None:
    open_books(database)
    ids = [add_job(database, number) for number in (3, 1, 2)]
    first, second, third = ids[1], ids[2], ids[0]
    assert sorted(claim(database, 2)) == sorted([first, second])
    assert claim(database, 2) == [third]
    assert claim(database, 2) == []


@pytest.mark.parametrize(
    "values",
    [
        {"due_at": 9e12},
        {"state": JobState.IN_FLIGHT},
        {"state": JobState.FAILED},
        {"deaths": 1},
        {"platform": "claude"},
        {"method": "live"},
    ],
    ids=["not due", "in flight", "failed", "a suspect", "another platform", "another method"],
)
def test_a_job_that_is_not_to_be_sent_now_is_not_claimed(database: Database, values: dict[str, Any]) -> None:
    open_books(database)
    job_id = add_job(database)
    change(database, job_id, **values)
    before = job(database, job_id)
    assert claim(database) == []
    assert job(database, job_id) == before


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
def test_of_a_run_that_is_not_running_nothing_is_claimed(database: Database, state: RunState) -> None:
    """P28."""
    open_books(database, run_state=state)
    first, second = add_job(database, 1), add_job(database, 2)
    change(database, second, deaths=1)
    assert claim(database) == []
    assert suspect(database) == []
    assert job(database, first)["state"] == JobState.QUEUED


def test_a_lease_ends_when_it_ends_and_not_before(database: Database) -> None:
    open_books(database)
    job_id = add_job(database)
    assert claim(database) == [job_id]
    assert end_leases(database) == 0
    change(database, job_id, lease_until=jobs.c.lease_until - 59.0)
    assert end_leases(database) == 0
    change(database, job_id, lease_until=jobs.c.lease_until - 2.0)
    assert end_leases(database) == 1
    found = job(database, job_id)
    assert (found["state"], found["lease_until"], found["deaths"]) == (JobState.QUEUED, None, 0)


def test_a_job_in_flight_has_no_lease_that_could_end(database: Database) -> None:
    """It becomes due again only through the closing of its attempt."""
    open_books(database)
    job_id = add_job(database, state=JobState.IN_FLIGHT)
    change(database, job_id, lease_until=1.0, taken=True)
    before = job(database, job_id)
    assert end_leases(database) == 0
    assert end_leases(database, every=True) == 0
    assert job(database, job_id) == before


def test_a_job_that_a_worker_held_when_its_lease_ended_is_suspect(database: Database) -> None:
    open_books(database)
    held, waiting = add_job(database, 1), add_job(database, 2)
    claim(database)
    take(database, held)
    for job_id in (held, waiting):
        change(database, job_id, lease_until=1.0)
    assert end_leases(database) == 2
    assert (job(database, held)["deaths"], job(database, waiting)["deaths"]) == (1, 0)
    assert not job(database, held)["taken"]


def test_a_lost_queue_is_nobodys_death(database: Database) -> None:
    open_books(database)
    job_id = add_job(database)
    claim(database)
    take(database, job_id)
    assert end_leases(database, every=True) == 1
    found = job(database, job_id)
    assert (found["state"], found["deaths"], found["taken"]) == (JobState.QUEUED, 0, False)


@pytest.mark.parametrize(("deaths", "state"), [(1, JobState.QUEUED), (2, JobState.FAILED)])
def test_the_third_death_puts_a_job_into_the_quarantine(
    database: Database, deaths: int, state: JobState
) -> None:
    assert MOST_DEATHS == 3
    open_books(database)
    job_id = add_job(database, state=JobState.CLAIMED)
    change(database, job_id, deaths=deaths, taken=True, lease_until=1.0)
    end_leases(database)
    found = job(database, job_id)
    assert (found["state"], found["deaths"]) == (state, deaths + 1)
    assert found["reason"] == (Reason.QUARANTINED if state is JobState.FAILED else None)


def test_suspects_go_out_one_after_the_other_the_least_suspect_first(database: Database) -> None:
    """Whoever dies next names the one that kills."""
    open_books(database)
    worse, better, later = (add_job(database, number) for number in (1, 2, 3))
    for job_id, deaths in ((worse, 2), (better, 1), (later, 1)):
        change(database, job_id, deaths=deaths)
    assert suspect(database) == [better]
    assert suspect(database) == []
    change(database, better, state=JobState.IN_FLIGHT, taken=True)
    assert suspect(database) == [], "its paid call is not over"
    change(database, better, taken=False)
    assert suspect(database) == [later]


def test_only_a_claimed_job_is_taken(database: Database) -> None:
    open_books(database)
    ids = [add_job(database, number, state=state) for number, state in enumerate(JobState)]
    take(database, *ids)
    taken = [job_id for job_id in ids if job(database, job_id)["taken"]]
    assert taken == [ids[list(JobState).index(JobState.CLAIMED)]]
