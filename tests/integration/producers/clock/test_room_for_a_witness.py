"""Posting stops while too much is unknown, but not for the witness that would end that (P14)."""

from __future__ import annotations

from producers.clock.recovery import Recovery
from promptrelay.database.database import Database
from promptrelay.database.runs import witness_run
from promptrelay.domain.evidence import OutcomeUnknown
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.search_terms import ROWS_A_CALL
from tests.integration.database.books import ACCOUNT, RUN, add_job, open_books, record, send

RECOVERY = Recovery(ACCOUNT, search_every_s=0.0, watch_s=1e12, time_scale=6000, id_list_per_minute=1)
QUESTION = witness_run.Question(Platform.CLAUDE, "m", {})


def room(database: Database) -> int:
    with database.read() as connection:
        return RECOVERY.room(connection, 600)


def test_with_twice_as_many_unknown_as_can_be_read_only_a_witness_is_posted(database: Database) -> None:
    open_books(database)
    made = [send(database, add_job(database, number)) for number in range(2 * ROWS_A_CALL)]
    record(database, *(OutcomeUnknown(attempt_id=attempt) for attempt in made))
    assert room(database) == 0
    with database.write() as connection:
        witness_run.buy(connection, ACCOUNT, QUESTION, reserve=Usd.of("0.0102"), served=[RUN])
    assert room(database) == 1
    with database.write() as connection:
        witness_run.withdraw(connection, ACCOUNT)
    assert room(database) == 0
