"""What an operator's word does to runs and jobs, on both databases."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.database.accounts import accounts
from promptrelay.database.attempts import claims, permission
from promptrelay.database.attempts.locked import lock
from promptrelay.database.database import Database
from promptrelay.database.runs import cancelling, pausing, runs
from promptrelay.database.runs.caps import has_room
from promptrelay.database.runs.loading import found_loading, insert_jobs, open_run
from promptrelay.database.schema import attempts as attempts_table
from promptrelay.database.schema import jobs
from promptrelay.database.schema import runs as runs_table
from promptrelay.database.segments.compaction import without_manifest
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.clock import BootTime
from promptrelay.domain.evidence import Failed, NotSent
from promptrelay.domain.states import AttemptState, JobState, RunState
from tests.integration.database.books import (
    ACCOUNT,
    CASH_OUT,
    RESERVED,
    RUN,
    accepted,
    add_job,
    answered,
    check_books,
    open_books,
    record,
    send,
)


def _run(database: Database) -> Any:
    with database.read() as connection:
        return runs.find(connection, RUN)


def _state(database: Database, job_id: str) -> str:
    with database.read() as connection:
        return connection.execute(sa.select(jobs.c.state).where(jobs.c.id == job_id)).scalar_one()


def _cancel(database: Database) -> bool:
    with database.write() as connection:
        changed = cancelling.cancel_run(connection, RUN)
    with database.write() as connection:
        cancelling.cancel_jobs(connection, RUN)
    return changed


def _may_send(database: Database, attempt_id: str) -> bool:
    with database.read() as connection:
        return permission.still_permitted(connection, [attempt_id])


def test_a_paused_run_is_refused_by_the_check_before_the_write_until_it_is_resumed(
    database: Database,
) -> None:
    open_books(database)
    attempt = send(database, add_job(database))
    assert _may_send(database, attempt)
    with database.write() as connection:
        assert pausing.pause_run(connection, RUN)
    assert not _may_send(database, attempt)
    with database.write() as connection:
        assert claims.claim(connection, RUN, "chat_gpt", "standard", most=5, lease_s=9) == []
        assert pausing.resume_run(connection, RUN)
    assert _may_send(database, attempt)


def test_an_operators_pause_takes_over_the_providers_and_stays_until_resume(database: Database) -> None:
    open_books(database)
    with database.write() as connection:
        accounts.pause(
            connection, ACCOUNT, reason="the provider refuses it", resume_at=1.0, cause=Cause.PROVIDER
        )
        runs.change_state(connection, RUN, RunState.PAUSED, expected=[RunState.RUNNING], reason="refused")
        assert pausing.pause_all(connection) == ([RUN], [ACCOUNT])
        assert not accounts.resume(connection, ACCOUNT, cause=Cause.PROVIDER)
    assert pausing.is_operators(_run(database)["reason"])
    with database.write() as connection:
        assert pausing.resume_all(connection) == ([RUN], [ACCOUNT])
    assert (_run(database)["state"], _run(database)["reason"]) == (RunState.RUNNING, None)


@pytest.mark.parametrize("state", [RunState.LOADING, RunState.STOPPED_BUDGET, RunState.FINISHED])
def test_only_a_run_that_may_send_is_paused(database: Database, state: RunState) -> None:
    open_books(database, run_state=state)
    with database.write() as connection:
        assert not pausing.pause_run(connection, RUN)
    assert _run(database)["state"] == state


def test_a_stopped_run_has_room_only_once_its_next_job_fits(database: Database) -> None:
    open_books(database, run_state=RunState.STOPPED_BUDGET)
    add_job(database)
    with database.write() as connection:
        pausing.set_caps(connection, RUN, {"max_cost_nanos": RESERVED.nanos - 1})
        assert not has_room(connection, RUN)
        pausing.set_caps(connection, RUN, {"max_cost_nanos": RESERVED.nanos})
        assert has_room(connection, RUN)
        pausing.set_caps(connection, RUN, {"max_float_nanos": CASH_OUT.nanos - 1})
        assert not has_room(connection, RUN)


def test_cancelling_ends_what_is_not_sent_and_collects_what_is(database: Database) -> None:
    open_books(database)
    queued, claimed = add_job(database, 1), add_job(database, 2, state=JobState.CLAIMED)
    answered_late, not_sent, failing = (add_job(database, n) for n in (3, 4, 5))
    first, second, third = (send(database, job) for job in (answered_late, not_sent, failing))
    record(database, accepted(first, "p1"), accepted(third, "p3"))
    assert _cancel(database)
    assert not _cancel(database)
    assert _run(database)["finished_at"] is not None
    assert [_state(database, job) for job in (queued, claimed)] == [JobState.CANCELLED] * 2
    assert not _may_send(database, second)
    with database.write() as connection:
        moment = BootTime("one", 1.0)
        kind = ("chat_gpt", "standard")
        permitted = permission.permit(
            connection, [claimed], account=ACCOUNT, kind=kind, moment=moment, send_window_s=30.0
        )
        assert permitted == []
        assert without_manifest(connection, ACCOUNT) == []
    record(database, NotSent(attempt_id=second, retry_in_s=0.0), answered(first, "p1"))
    record(database, Failed(attempt_id=third, provider_id="p3", status_code=40101, retry_in_s=0.0))
    states = [_state(database, job) for job in (answered_late, not_sent, failing)]
    assert states == [JobState.DONE, JobState.CANCELLED, JobState.CANCELLED]
    with database.write() as connection:
        assert [row["id"] for row in without_manifest(connection, ACCOUNT)] == [RUN]
    check_books(database)


def test_a_cancelled_jobs_late_answer_makes_it_done(database: Database) -> None:
    open_books(database)
    job = add_job(database)
    attempt = send(database, job)
    record(database, NotSent(attempt_id=attempt, retry_in_s=0.0))
    _cancel(database)
    assert _state(database, job) == JobState.CANCELLED
    record(database, accepted(attempt), answered(attempt))
    assert _state(database, job) == JobState.DONE
    check_books(database)


def test_what_is_given_back_by_a_writer_that_saw_the_run_going_on_is_cancelled_too(
    open_database: Callable[[], Database], database: Database
) -> None:
    open_books(database)
    job = add_job(database)
    attempt = send(database, job)
    if database.is_sqlite:
        # One writer at a time: the same order of events, one after the other.
        record(database, NotSent(attempt_id=attempt, retry_in_s=0.0))
        _cancel(database)
    else:
        other = open_database()
        with database.write() as connection:
            locked = lock(connection, [attempt])
            assert _cancel(other)
            locked.attempts[attempt].state = AttemptState.REJECTED
            locked.jobs[job].give_back(due_at=0.0)
            locked.store(connection)
        assert _state(database, job) == JobState.QUEUED
    with database.write() as connection:
        cancelling.cancel_jobs(connection)
    assert _state(database, job) == JobState.CANCELLED


def test_a_run_that_is_cancelled_while_it_is_loaded_is_never_opened(database: Database) -> None:
    open_books(database, run_state=RunState.LOADING)
    assert _cancel(database)
    later = {
        "id": "9" * 32, "run_id": RUN, "position": 9, "platform": "chat_gpt", "method": "standard",
        "model": "m", "parameters": {}, "row_no": 9, "repeat": 1,
    }  # fmt: skip
    with database.write() as connection:
        insert_jobs(connection, [later])
        assert found_loading(connection, RUN) is None
        assert not open_run(connection, RUN, keeps_version=False)
    assert cancelling.cancel_all_jobs(database, RUN) == 1
    assert cancelling.cancel_all_jobs(database, RUN) == 0
    assert _run(database)["state"] == RunState.CANCELLED


def test_many_jobs_are_cancelled_slice_by_slice(database: Database) -> None:
    open_books(database)
    for number in range(7):
        add_job(database, number)
    with database.write() as connection:
        cancelling.cancel_run(connection, RUN)
        assert [cancelling.cancel_jobs(connection, most=3) for _ in range(4)] == [3, 3, 1, 0]


def test_cancelling_leaves_other_runs_alone(database: Database) -> None:
    open_books(database)
    job = add_job(database)
    with database.write() as connection:
        assert cancelling.cancel_jobs(connection) == 0
        assert not cancelling.cancel_run(connection, "another")
    assert _state(database, job) == JobState.QUEUED


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.STOPPED_BUDGET, RunState.RUNNING])
def test_a_run_whose_jobs_have_ended_finishes_also_while_it_is_held(
    database: Database, state: RunState
) -> None:
    open_books(database, run_state=state)
    add_job(database, state=JobState.DONE)
    with database.write() as connection:
        assert runs.finish_done(connection) == [RUN]
        assert connection.execute(sa.select(runs_table.c.state)).scalar_one() == RunState.FINISHED
        assert connection.execute(sa.select(sa.func.count()).select_from(attempts_table)).scalar_one() == 0
