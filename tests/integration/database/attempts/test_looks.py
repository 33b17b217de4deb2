"""Looks that cross with an answer: what another way in has settled is not looked for again."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa

from promptrelay.database.attempts import looks
from promptrelay.database.database import Database
from promptrelay.database.runs import runs
from promptrelay.database.schema import attempts
from tests.integration.database.books import RUN, accepted, add_job, answered, open_books, record, send

Crossing = Callable[[sa.Connection, str], None]
CROSSINGS: list[Crossing] = [
    lambda connection, key: looks.listed(connection, [key], lease_s=180.0),
    lambda connection, key: looks.next_look(connection, key, due_at_s=60.0),
]


@pytest.mark.parametrize("crossing", CROSSINGS, ids=["listed", "polled"])
def test_a_look_that_ends_after_the_answer_does_not_keep_the_run_open(
    crossing: Crossing, database: Database
) -> None:
    open_books(database)
    attempt = send(database, add_job(database))
    record(database, accepted(attempt))
    record(database, answered(attempt))
    with database.write() as connection:
        crossing(connection, attempt)
        due = sa.select(attempts.c.due_at).where(attempts.c.id == attempt)
        assert connection.execute(due).scalar_one() is None
        assert runs.finish_done(connection) == [RUN]


@pytest.mark.parametrize("crossing", CROSSINGS, ids=["listed", "polled"])
def test_a_task_that_is_still_out_is_looked_at_later(crossing: Crossing, database: Database) -> None:
    open_books(database)
    attempt = send(database, add_job(database))
    record(database, accepted(attempt))
    with database.write() as connection:
        crossing(connection, attempt)
        row = looks.find(connection, attempt)
        assert row is not None
        assert row["due_at"] > row["posted_at"]
        assert runs.finish_done(connection) == []
