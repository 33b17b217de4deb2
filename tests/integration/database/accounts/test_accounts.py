"""Pausing, resuming and reckoning a provider account, on both databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

from config.settings import Settings
from promptrelay.cli.checks.database_server import check_database
from promptrelay.cli.checks.finding import Level
from promptrelay.database.accounts import accounts
from promptrelay.database.attempts.permission import NoRoom
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure_account
from promptrelay.database.schema import accounts as table
from promptrelay.database.schema import rows, runs
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.account.standing import AccountStanding
from promptrelay.domain.evidence import Answered
from promptrelay.domain.money import Usd
from promptrelay.domain.states import JobState
from tests.integration.database.books import (
    ACCOUNT,
    COST,
    RESERVED,
    RUN,
    HeldClock,
    accepted,
    add_job,
    answered,
    check_books,
    open_books,
    record,
    send,
)
from tests.integration.database.crowd import permit_jobs


@pytest.fixture
def account(database: Database) -> Callable[[], AccountStanding]:
    open_books(database)

    def standing() -> AccountStanding:
        with database.read() as connection:
            found = accounts.standing(connection, ACCOUNT)
        assert found is not None
        return found

    return standing


def pause(database: Database, cause: Cause, reason: str = "why", resume_at: float | None = None) -> bool:
    with database.write() as connection:
        return accounts.pause(connection, ACCOUNT, reason=reason, resume_at=resume_at, cause=cause)


def resume(database: Database, cause: Cause | None = None) -> bool:
    with database.write() as connection:
        return accounts.resume(connection, ACCOUNT, cause=cause)


def test_the_first_cause_stays_but_for_an_operators(
    database: Database, account: Callable[[], AccountStanding]
) -> None:
    assert account().cause is None
    assert pause(database, Cause.FUNDS)
    assert not pause(database, Cause.ADDRESS)
    assert (account().cause, account().reason) == (Cause.FUNDS, "why")
    assert account().paused_at
    assert pause(database, Cause.OPERATOR, "holidays")
    assert not pause(database, Cause.OPERATOR, "twice")
    assert account().reason == "holidays"


def test_a_pause_that_has_another_cause_by_now_is_not_ended(
    database: Database, account: Callable[[], AccountStanding]
) -> None:
    pause(database, Cause.FUNDS, resume_at=5.0)
    pause(database, Cause.OPERATOR)
    assert account().resume_at is None
    assert not resume(database, Cause.FUNDS)
    assert account().cause is Cause.OPERATOR
    assert resume(database)
    assert not resume(database)
    assert account() == AccountStanding(name=ACCOUNT, one=RESERVED)


def test_the_day_is_that_of_the_databases_clock(
    database: Database, account: Callable[[], AccountStanding]
) -> None:
    with database.write() as connection:
        assert accounts.begin_day(connection)
    job = send(database, add_job(database))
    record(database, accepted(job))
    assert account().spent_today == COST
    with database.write() as connection:
        assert not accounts.begin_day(connection)
    assert account().spent_today == COST
    with database.write() as connection:
        connection.execute(sa.update(table).values(day="2001-01-01"))
        assert accounts.begin_day(connection)
    assert account().spent_today == Usd()
    # What was booked since the balance was read has nothing to do with the day.
    assert account().booked_since == COST


def test_a_new_utc_day_begins_at_midnight_of_a_clock_that_is_moved(
    open_database: Callable[[], Database], clock: HeldClock, account: Callable[[], AccountStanding]
) -> None:
    database = open_database()
    if not database.is_sqlite:
        pytest.skip("PostgreSQL has a clock of its own")
    clock.at = 86_400.0 * 100 - 1
    with database.write() as connection:
        assert accounts.begin_day(connection)
    clock.at += 0.5
    with database.write() as connection:
        assert not accounts.begin_day(connection)
    clock.at += 0.5
    with database.write() as connection:
        assert accounts.begin_day(connection)


def test_the_balance_is_reckoned_from_its_reading_and_what_was_booked_since(
    database: Database, account: Callable[[], AccountStanding]
) -> None:
    record(database, accepted(send(database, add_job(database, 0)), "p0"))
    before = account().booked_since
    assert before == COST
    # This one is booked while the question is on its way: the figure may not have it yet.
    attempt = send(database, add_job(database, 1))
    record(database, accepted(attempt, "p1"))
    with database.write() as connection:
        accounts.set_balance(connection, ACCOUNT, Usd.of(5), booked_before=before)
    assert account().left == Usd.of(5) - COST
    record(database, answered(attempt, "p1", spent="0.0071"))
    assert account().left == Usd.of(5) - Usd.of("0.0073")
    with database.write() as connection:
        accounts.set_balance(connection, ACCOUNT, None)
    assert account().left is None
    assert account().answered_at
    check_books(database)


def test_an_account_is_wanted_while_a_running_run_of_it_has_jobs_to_send(database: Database) -> None:
    open_books(database)

    def wanted(name: str = ACCOUNT) -> bool:
        with database.read() as connection:
            return accounts.is_wanted(connection, name)

    assert not wanted()
    add_job(database, 0, state=JobState.DONE)
    assert not wanted()
    add_job(database, 1)
    assert wanted()
    assert not wanted("another")
    with database.write() as connection:
        connection.execute(sa.update(runs).values(state="paused"))
    assert not wanted()


def ask(database: Database, job_id: str) -> int:
    """How many attempts transaction A permits; -1 where there is no room."""
    try:
        with database.write() as connection:
            return len(permit_jobs(connection, [job_id]))
    except NoRoom:
        return -1


@pytest.mark.parametrize(
    ("balance", "floor", "permitted"),
    [
        ("9", None, 1),
        (None, None, 1),
        ("5.0602", "5", 1),
        ("5.0601", "5", -1),
        (None, "5", -1),
        ("-1", None, 1),
    ],
)
def test_transaction_a_asks_for_the_floor_below_what_is_left(
    balance: str | None, floor: str | None, permitted: int, database: Database
) -> None:
    open_books(database)
    record(database, accepted(send(database, add_job(database, 0)), "p0"))
    record(database, _its_answer(database))
    job_id = add_job(database, 1, state=JobState.CLAIMED)
    _row(database)
    with database.write() as connection:
        limit = None if floor is None else Usd.of(floor)
        ensure_account(connection, ACCOUNT, balance_floor=limit, daily_cap=None)
        before = accounts.standing(connection, ACCOUNT)
        assert before is not None
        accounts.set_balance(connection, ACCOUNT, None if balance is None else Usd.of(balance))
    assert before.booked_since == COST
    assert ask(database, job_id) == permitted
    check_books(database)


def _its_answer(database: Database) -> Answered:
    with database.read() as connection:
        attempt_id = connection.exec_driver_sql("SELECT id FROM attempts").scalar_one()
    return answered(attempt_id, "p0", spent="0.01")


def _row(database: Database) -> None:
    with database.write() as connection:
        connection.execute(
            sa.insert(rows).values(run_id=RUN, row_no=1, row_id="1", line_no=2, prompt="?", variables={})
        )


def test_for_a_paused_account_nothing_is_permitted_and_the_job_stays_claimed(database: Database) -> None:
    open_books(database)
    job_id = add_job(database, 1, state=JobState.CLAIMED)
    _row(database)
    pause(database, Cause.FUNDS)
    assert ask(database, job_id) == 0
    with database.read() as connection:
        assert connection.exec_driver_sql("SELECT state FROM jobs").scalar_one() == "claimed"
    resume(database)
    assert ask(database, job_id) == 1


@pytest.fixture
def durable_url(request: pytest.FixtureRequest, database: Database, database_url: str) -> Iterator[str]:
    """The database's address while its server commits as it does outside tests."""
    if database.is_sqlite:
        yield database_url
        return
    server = request.getfixturevalue("postgres_server")
    server.be_durable(durable=True)
    yield database_url
    server.be_durable(durable=False)


def test_doctor_finds_a_database_of_ours_well(durable_url: str) -> None:
    found = check_database(Settings(database_url=durable_url))
    assert [finding.level for finding in found] == [Level.OK, Level.OK], found
