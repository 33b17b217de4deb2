"""Rooms for what needs a database and a store only; everything else raises when it is touched."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from promptrelay.answers.stores.local import LocalStore
from promptrelay.database.database import Database
from promptrelay.domain.clock import SystemClock
from tests.integration.sqlite_tables import sqlite_with_tables


@pytest.fixture
def rooms(tmp_path: Path) -> Any:
    clock = SystemClock()
    database = Database(sqlite_with_tables(tmp_path / "db.sqlite3"), clock)
    store = LocalStore(tmp_path / "answers")
    yield SimpleNamespace(database=database, answers=store, account="default", clock=clock, root=tmp_path)
    database.close()
