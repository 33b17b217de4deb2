"""Retrying says what was paid, touches nothing that may still be answered, and is never overlooked."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from promptrelay.books.job_list import JobFilter, job_list
from promptrelay.books.run_list import run_list
from promptrelay.database.database import Database
from promptrelay.database.runs import retrying, runs
from promptrelay.database.schema import attempts, jobs
from promptrelay.database.schema import runs as runs_table
from promptrelay.domain.evidence import Failed, OutcomeUnknown, Overdue
from promptrelay.domain.money import Usd
from promptrelay.domain.states import AttemptState, JobState, RunState
from tests.integration.database.books import (
    RUN,
    accepted,
    add_job,
    answered,
    check_books,
    open_books,
    record,
    send,
)


def _failed_job(database: Database, number: int) -> tuple[str, str]:
    """A job that was paid for once and gave up: 0.0002 stay spent."""
    job = add_job(database, number)
    attempt = send(database, job)
    record(database, accepted(attempt, f"p{number}"))
    failure = Failed(attempt_id=attempt, provider_id=f"p{number}", status_code=40101, retry_in_s=0.0)
    record(database, failure, max_tries=1)
    return job, attempt


def _job(database: Database, job_id: str) -> Any:
    with database.read() as connection:
        return connection.execute(sa.select(jobs).where(jobs.c.id == job_id)).mappings().one()


def _run_state(database: Database) -> str:
    with database.read() as connection:
        return connection.execute(sa.select(runs_table.c.state)).scalar_one()


def _finish(database: Database) -> list[str]:
    with database.write() as connection:
        return runs.finish_done(connection)


def _retry(database: Database, *reasons: str) -> int:
    with database.write() as connection:
        return retrying.retry(connection, RUN, reasons)


def test_failures_are_counted_with_what_they_cost(database: Database) -> None:
    open_books(database)
    for number in range(3):
        _failed_job(database, number)
    done = add_job(database, 7)
    attempt = send(database, done)
    record(database, accepted(attempt, "p7"), answered(attempt, "p7"))
    with database.read() as connection:
        (found,) = retrying.failures(connection, RUN)
    assert (found.reason, found.platform, found.method) == ("failed", "chat_gpt", "standard")
    assert (found.jobs, found.awaited, found.paid_attempts, found.net) == (3, 0, 3, Usd.of("0.0006"))


def test_a_retried_job_starts_anew_and_its_finished_run_goes_on(database: Database) -> None:
    open_books(database)
    job, _ = _failed_job(database, 1)
    assert _finish(database) == [RUN]
    assert _retry(database, "failed") == 1
    found = _job(database, job)
    assert (found["state"], found["tries"], found["reason"]) == (JobState.QUEUED, 0, None)
    assert _run_state(database) == RunState.RUNNING
    assert _finish(database) == []
    attempt = send(database, job)
    record(database, accepted(attempt, "again"), answered(attempt, "again"))
    assert _job(database, job)["state"] == JobState.DONE
    assert _finish(database) == [RUN]
    check_books(database)


def test_a_job_that_may_still_be_answered_is_left_alone(database: Database) -> None:
    open_books(database)
    job, attempt = _failed_job(database, 1)
    for state in (AttemptState.LATE, AttemptState.UNKNOWN, AttemptState.SENT, AttemptState.WITHHELD):
        with database.write() as connection:
            connection.execute(sa.update(attempts).where(attempts.c.id == attempt).values(state=state))
            (found,) = retrying.failures(connection, RUN)
            assert (found.jobs, found.awaited, found.paid_attempts) == (1, 1, 0)
        assert _retry(database, "failed") == 0
    assert _job(database, job)["state"] == JobState.FAILED


def test_only_the_named_reasons_are_retried(database: Database) -> None:
    open_books(database)
    _failed_job(database, 1)
    overdue = add_job(database, 2)
    attempt = send(database, overdue)
    record(database, accepted(attempt, "p2"), OutcomeUnknown(attempt_id=attempt), Overdue(attempt_id=attempt))
    assert _retry(database, "failed") == 1
    assert _job(database, overdue)["state"] == JobState.FAILED
    assert _retry(database, "overdue") == 1
    assert _job(database, overdue)["state"] == JobState.QUEUED


def test_a_cancelled_run_is_not_retried(database: Database) -> None:
    open_books(database)
    job, _ = _failed_job(database, 1)
    with database.write() as connection:
        connection.execute(sa.update(runs_table).values(state=RunState.CANCELLED))
    assert _retry(database, "failed") == 0
    assert _job(database, job)["state"] == JobState.FAILED


def test_a_run_that_is_being_finished_while_it_is_retried_goes_on(
    open_database: Callable[[], Database], database: Database
) -> None:
    open_books(database)
    _failed_job(database, 1)
    other = open_database()
    finishing = threading.Thread(target=_finish, args=(other,))
    with database.write() as connection:
        assert retrying.retry(connection, RUN, ["failed"]) == 1
        finishing.start()
        finishing.join(0.5)
        assert finishing.is_alive() or not database.is_sqlite
    finishing.join(10)
    assert _run_state(database) == RunState.RUNNING


def test_jobs_are_listed_with_their_own_money_and_without_prompts(database: Database) -> None:
    open_books(database)
    failed, _ = _failed_job(database, 1)
    done = add_job(database, 2)
    attempt = send(database, done)
    record(database, accepted(attempt, "p2"), answered(attempt, "p2"))
    add_job(database, 3)
    found = list(job_list(database, RUN, JobFilter()))
    assert [(job["job"], job["attempts"], job["net"]) for job in found] == [
        (failed, 1, "0.0002"), (done, 1, "0.0073"), (f"{3:032x}", 0, "0")
    ]  # fmt: skip
    assert all("prompt" not in job for job in found)
    assert [job["job"] for job in job_list(database, RUN, JobFilter(state="failed"))] == [failed]
    assert [job["job"] for job in job_list(database, RUN, JobFilter(reason="expired"))] == []
    assert [job["job"] for job in job_list(database, RUN, JobFilter(most=2))] == [failed, done]
    (run,) = run_list(database)
    assert (run["jobs"], run["done"], run["failed"], run["net"]) == (3, 1, 1, "0.0075")
    assert run_list(database, state="paused") == []
