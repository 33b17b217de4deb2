"""One provider task is booked for one attempt, also when two are named for it in the same batch (P10)."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.schema import provider_tasks
from tests.integration.database.books import (
    COST,
    accepted,
    add_job,
    balances_of,
    check_books,
    open_books,
    record,
    send,
)


def test_of_two_attempts_named_for_one_task_in_a_batch_the_first_has_it(database: Database) -> None:
    """A list that is read while rows move may show a row twice, once under a tag that was cut."""
    open_books(database)
    first, second = send(database, add_job(database, 1)), send(database, add_job(database, 2))
    found = record(database, accepted(first), accepted(second))
    assert (found.contested, found.strangers) == ((second,), ())
    with database.read() as connection:
        owners = connection.execute(sa.select(provider_tasks.c.attempt_id)).scalars().all()
    assert owners == [first]
    assert balances_of(database, first)["provider"] == -COST.nanos
    assert balances_of(database, second)["provider"] == 0
    check_books(database)


def test_so_it_is_in_batches_after_each_other(database: Database) -> None:
    open_books(database)
    first, second = send(database, add_job(database, 1)), send(database, add_job(database, 2))
    record(database, accepted(first))
    assert record(database, accepted(second)).contested == (second,)
    check_books(database)


def test_the_same_attempt_named_twice_is_no_contest(database: Database) -> None:
    open_books(database)
    attempt = send(database, add_job(database, 1))
    assert record(database, accepted(attempt), accepted(attempt)).contested == ()
    assert balances_of(database, attempt)["provider"] == -COST.nanos
