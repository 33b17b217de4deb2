"""What a command that waits for a run does about a paused account."""

from __future__ import annotations

import pytest

from promptrelay.books.progress import Progress
from promptrelay.cli.account_state import WAITED_FOR_S, resume, why_stuck
from promptrelay.database.accounts import accounts
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.states import RunState
from tests.integration.database.books import ACCOUNT, RUN, open_books

IDLE = Progress(RUN, "trial", RunState.RUNNING, None, {"queued": 5}, {})
BUSY = Progress(RUN, "trial", RunState.RUNNING, None, {"queued": 5}, {"sent": 1})


def pause(database: Database, cause: Cause, *, left_s: float | None = None) -> None:
    with database.write() as connection:
        resume_at = None if left_s is None else database_time(connection) + left_s
        assert accounts.pause(connection, ACCOUNT, reason="why", resume_at=resume_at, cause=cause)


@pytest.mark.parametrize(
    ("cause", "code"),
    [
        (Cause.CREDENTIALS, 1),
        (Cause.ADDRESS, 1),
        (Cause.PROVIDER, 1),
        (Cause.FUNDS, 1),
        (Cause.FLOOR, 3),
        (Cause.DAILY_CAP, 3),
        (Cause.DAILY_LIMIT, 3),
    ],
)
def test_it_ends_when_nothing_is_in_flight_with_3_for_a_limit_and_1_for_trouble(
    database: Database, cause: Cause, code: int
) -> None:
    open_books(database)
    assert why_stuck(database, ACCOUNT, IDLE) is None
    pause(database, cause)
    assert why_stuck(database, ACCOUNT, BUSY) is None
    stuck = why_stuck(database, ACCOUNT, IDLE)
    assert stuck is not None
    assert stuck.exit_code == code
    assert str(stuck).startswith(f"account {ACCOUNT} is paused: why; ")


@pytest.mark.parametrize(("left_s", "waits"), [(WAITED_FOR_S - 60, True), (WAITED_FOR_S + 60, False)])
def test_it_waits_for_a_pause_that_ends_soon(database: Database, left_s: float, waits: bool) -> None:
    open_books(database)
    pause(database, Cause.DAILY_LIMIT, left_s=left_s)
    assert (why_stuck(database, ACCOUNT, IDLE) is None) is waits


@pytest.mark.parametrize(("cause", "resumes"), [(Cause.FUNDS, True), (Cause.OPERATOR, False)])
def test_running_it_again_resumes_everything_but_an_operators_pause(
    database: Database, cause: Cause, resumes: bool
) -> None:
    open_books(database, run_state=RunState.PAUSED)
    pause(database, cause)
    resume(database, ACCOUNT, RUN)
    with database.read() as connection:
        found = accounts.standing(connection, ACCOUNT)
    assert found is not None
    assert (found.cause is None) is resumes
