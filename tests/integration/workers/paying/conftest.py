"""Workers at a bench: a database copied from one that was migrated once, a Redis that is emptied."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from tests.integration.workers.paying_bench import Bench, open_bench


@pytest.fixture(scope="module")
def _template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "empty.sqlite3"
    database = Database(sqlite_url(path), SystemClock())
    upgrade(database)
    database.close()
    return path


@pytest.fixture
def bench(
    _template: Path, tmp_path: Path, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Bench]:
    for name in list(os.environ):
        if name.startswith("PROMPTRELAY_"):
            monkeypatch.delenv(name)
    made = open_bench(tmp_path, _template, redis_url)
    yield made
    made.provider.stop()
    made.rooms.client.close()
    made.rooms.database.close()
