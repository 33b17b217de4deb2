"""The real stand-in of the provider, and a search on a real database that meets it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from promptrelay.database.database import Database
from tests.acceptance.provider import Provider, start_provider
from tests.integration.database.books import HeldClock, open_books
from tests.integration.database.conftest import (
    clock,
    database,
    open_database,
)
from tests.integration.workers.unknown.bare_rooms import rooms
from tests.integration.workers.unknown.scene import Scene

__all__ = ["clock", "database", "open_database", "rooms"]

SETTINGS = (
    "time_scale=600",
    "start_balance=100000",
    "calls_per_minute=100000",
    "id_list_calls_per_minute=100000",
    "id_list_lag_s=0",
    "answer_kb_max=1",
    "standard_latency_s=3600000",
    "standard_latency_max_s=36000000",
    "standard_deadline_s=360000000",
    "live_latency_s=1",
)
"""Standard tasks stay unfinished, so that what is listed is what was charged."""


@pytest.fixture(scope="module")
def _provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    provider = start_provider(tmp_path_factory.mktemp("provider"), SETTINGS)
    yield provider
    provider.stop()


@pytest.fixture
def scene(_provider: Provider, database: Database, clock: HeldClock) -> Iterator[Scene]:
    open_books(database)
    made = Scene(_provider, database, clock)
    yield made
    made.end()
