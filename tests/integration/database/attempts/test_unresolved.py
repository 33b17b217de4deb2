"""An attempt of which nobody said anything is unknown when it can no longer be sent, by every clock (P27)."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from promptrelay.database.attempts.permission import unresolved
from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts
from promptrelay.domain.states import AttemptState
from tests.integration.database.books import add_job, open_books, send

WINDOW_S, DEADLINE_S = 30.0, 60.0
BOOT, BEGAN_S = "one", 1_000.0


def attempt(database: Database, *, sent_by_s: float) -> str:
    """One whose send window ended that many seconds ago by the database's clock."""
    attempt_id = send(database, add_job(database))
    with database.write() as connection:
        connection.execute(
            sa.update(attempts).values(send_by=now() - sent_by_s, boot_id=BOOT, boot_s=BEGAN_S)
        )
    return attempt_id


def found(database: Database, boot_s: float, *, boot_id: str = BOOT) -> list[str]:
    with database.read() as connection:
        return unresolved(connection, boot_id, boot_s, deadline_s=DEADLINE_S, window_s=WINDOW_S)


LONG_AGO_S = BEGAN_S + WINDOW_S + DEADLINE_S + 1.0


@pytest.mark.parametrize(("ago_s", "is_found"), [(DEADLINE_S - 5.0, False), (DEADLINE_S + 5.0, True)])
def test_it_is_unknown_once_its_window_and_its_calls_deadline_are_over(
    database: Database, ago_s: float, is_found: bool
) -> None:
    open_books(database)
    attempt_id = attempt(database, sent_by_s=ago_s)
    assert found(database, LONG_AGO_S) == ([attempt_id] if is_found else [])


@pytest.mark.parametrize(("boot_s", "is_found"), [(LONG_AGO_S - 2.0, False), (LONG_AGO_S, True)])
def test_a_wall_clock_that_was_put_forward_shortens_nothing(
    database: Database, boot_s: float, is_found: bool
) -> None:
    """The worker may still be inside its window by the clock that nobody sets."""
    open_books(database)
    attempt_id = attempt(database, sent_by_s=9_000.0)
    assert found(database, boot_s) == ([attempt_id] if is_found else [])


def test_after_another_start_of_the_machine_the_wall_clock_alone_decides(database: Database) -> None:
    open_books(database)
    attempt_id = attempt(database, sent_by_s=9_000.0)
    assert found(database, 3.0, boot_id="two") == [attempt_id]


@pytest.mark.parametrize("state", [state for state in AttemptState if state is not AttemptState.SENDING])
def test_only_what_is_still_sending_is_unresolved(database: Database, state: AttemptState) -> None:
    open_books(database)
    attempt(database, sent_by_s=9_000.0)
    with database.write() as connection:
        connection.execute(sa.update(attempts).values(state=state))
    assert found(database, LONG_AGO_S) == []
