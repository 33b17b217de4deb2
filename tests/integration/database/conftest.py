"""Empty migrated databases under a clock that stands still."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from promptrelay.database.database import Database
from tests.integration.database.books import HeldClock


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def open_database(database_url: str, clock: HeldClock) -> Iterator[Callable[[], Database]]:
    """Opens the test's database once more, as another process would."""
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(Database(database_url, clock))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def database(open_database: Callable[[], Database]) -> Database:
    """A database with this program's tables and nothing in them."""
    return open_database()


@pytest.fixture
def bare_database(bare_database_url: str, clock: HeldClock) -> Iterator[Database]:
    found = Database(bare_database_url, clock)
    yield found
    found.close()
