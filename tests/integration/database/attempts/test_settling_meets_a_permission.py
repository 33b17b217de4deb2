"""P11: an answer that is settled while its job is being permitted anew revokes the new attempt."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import sqlalchemy as sa

from promptrelay.database.attempts import recording
from promptrelay.database.attempts.permission import still_permitted
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs, rows
from promptrelay.domain.clock import BootTime
from promptrelay.domain.evidence import OutcomeUnknown
from promptrelay.domain.states import AttemptState, JobState
from tests.integration.database.books import (
    RUN,
    TERMS,
    accepted,
    add_job,
    answered,
    check_books,
    open_books,
    record,
    send,
    write_off,
)
from tests.integration.database.crowd import permit_jobs

MOMENT = BootTime("one", 1.0)
DEADLINE_S = 30.0
_WAITING = (
    "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
)


def _written_off_then_claimed(database: Database) -> tuple[str, str]:
    """A job whose first attempt was written off, claimed to be sent again."""
    open_books(database)
    job = add_job(database)
    first = send(database, job)
    record(database, OutcomeUnknown(attempt_id=first))
    write_off(database, first)
    with database.write() as connection:
        connection.execute(sa.update(jobs).values(state=JobState.CLAIMED))
        connection.execute(
            sa.insert(rows).values(run_id=RUN, row_no=0, row_id="0", line_no=1, prompt="p", variables={})
        )
    return job, first


def _permit(connection: sa.Connection, job: str) -> list[str]:
    found = permit_jobs(connection, [job])
    return [sending.attempt_id for sending in found]


def _until_somebody_waits_for_a_row(database: Database) -> None:
    until = time.monotonic() + DEADLINE_S
    while True:
        with database.read() as connection:
            if connection.execute(sa.text(_WAITING)).scalar_one():
                return
        assert time.monotonic() < until, "nobody waits"
        time.sleep(0.01)


def _states(database: Database) -> tuple[str, dict[str, str]]:
    with database.read() as connection:
        job = connection.execute(sa.select(jobs.c.state)).scalar_one()
        return job, {
            row.id: row.state for row in connection.execute(sa.select(attempts.c.id, attempts.c.state))
        }


def test_a_permission_that_commits_while_settling_waits_is_revoked(
    database: Database, open_database: Callable[[], Database]
) -> None:
    job, first = _written_off_then_claimed(database)
    other = open_database()

    def settle() -> None:
        record(other, answered(first))

    settling = threading.Thread(target=settle)
    with database.write() as connection:
        (second,) = _permit(connection, job)
        settling.start()
        if not database.is_sqlite:
            _until_somebody_waits_for_a_row(open_database())
    settling.join(DEADLINE_S)
    state, found = _states(database)
    assert (state, found[first], found[second]) == ("done", AttemptState.SETTLED, AttemptState.REJECTED)
    with database.read() as connection:
        assert not still_permitted(connection, [second])
    check_books(database)


def test_a_settled_job_permits_nothing_to_a_transaction_that_waited(
    database: Database, open_database: Callable[[], Database]
) -> None:
    job, first = _written_off_then_claimed(database)
    other, permitted = open_database(), []

    def ask() -> None:
        with other.write() as connection:
            permitted.append(_permit(connection, job))

    asking = threading.Thread(target=ask)
    with database.write() as connection:
        recording.record(connection, [accepted(first), answered(first)], terms=TERMS, max_tries=2)
        asking.start()
        if not database.is_sqlite:
            _until_somebody_waits_for_a_row(open_database())
    asking.join(DEADLINE_S)
    assert permitted == [[]]
    assert _states(database)[0] == "done"


def test_an_attempt_whose_job_is_answered_is_not_written(database: Database) -> None:
    job, _ = _written_off_then_claimed(database)
    with database.write() as connection:
        (second,) = _permit(connection, job)
        assert still_permitted(connection, [second])
        connection.execute(sa.update(jobs).values(state=JobState.DONE))
        assert not still_permitted(connection, [second])
