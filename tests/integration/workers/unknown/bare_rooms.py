"""An account with one run on either database, and the rooms of a search that needs no provider."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.domain.clock import BootTime
from promptrelay.domain.platform import Platform
from promptrelay.domain.search_terms import SearchTerms
from tests.integration.database.books import ACCOUNT, TERMS, HeldClock, open_books

SEARCH = SearchTerms(
    send_window_s=30,
    call_deadline_s=60,
    live_deadline_s=140,
    provider_slack_s=60,
    id_list_lag_s=600,
    searches=3,
    search_every_s=60,
    max_s=86_400,
)
NOW_S = 1_000.0
"""How long ago everything began."""
MODELS = {Platform.CHAT_GPT: "gpt-4o-mini", Platform.CLAUDE: "claude-sonnet-4-0"}


@pytest.fixture
def rooms(database: Database, clock: HeldClock) -> Any:
    """A little after the bound of what was sent at `rooms.epoch`."""
    open_books(database)
    with database.read() as connection:
        epoch = database_time(connection) - NOW_S
    return SimpleNamespace(
        account=ACCOUNT,
        database=database,
        clock=clock,
        terms=TERMS,
        search_terms=SEARCH,
        witness_models=MODELS,
        epoch=epoch,
        boot_time=lambda: BootTime("another", 0.0),
    )
