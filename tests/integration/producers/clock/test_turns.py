"""Recovery's part of the clock: searches and slow sweeps that are due, posting that waits (P12, P14)."""

from __future__ import annotations

import pytest

from producers.clock.recovery import Recovery
from promptrelay.broker import RECOVER
from promptrelay.database.database import Database
from promptrelay.domain.evidence import Absent, OutcomeUnknown
from tests.integration.database.books import ACCOUNT, add_job, open_books, record, send

RECOVERY = Recovery(ACCOUNT, search_every_s=0.0, watch_s=1e12, time_scale=6000, id_list_per_minute=1)
READABLE = 500


def unknown_attempts(database: Database, count: int) -> list[str]:
    made = [send(database, add_job(database, number)) for number in range(count)]
    record(database, *(OutcomeUnknown(attempt_id=attempt) for attempt in made))
    return made


@pytest.mark.parametrize(
    ("count", "expected"), [(3, 600), (READABLE, 600), (750, 300), (2 * READABLE + 9, 0)]
)
def test_posting_slows_down_while_more_is_unknown_than_the_list_can_be_read_for(
    database: Database, count: int, expected: int
) -> None:
    open_books(database)
    unknown_attempts(database, count)
    with database.read() as connection:
        assert RECOVERY.room(connection, 600) == expected


def test_a_search_is_due_again_and_again_while_something_is_unknown(database: Database) -> None:
    open_books(database)
    with database.write() as connection:
        assert RECOVERY.turns(connection) == [RECOVER], "a dead worker may have left something behind"
        assert RECOVERY.turns(connection) == []


def test_platforms_of_written_off_attempts_are_swept_slowly(database: Database) -> None:
    open_books(database)
    (attempt,) = unknown_attempts(database, 1)
    with database.read() as connection:
        assert RECOVERY.sweeps(connection, []) == []
    record(database, Absent(attempt_id=attempt, retry_in_s=0.0))
    with database.read() as connection:
        assert RECOVERY.sweeps(connection, []) == [("chat_gpt", 0.1)]
        assert RECOVERY.sweeps(connection, ["chat_gpt"]) == []
