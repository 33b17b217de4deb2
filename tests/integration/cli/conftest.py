"""Empty databases, and the real command in an empty folder with nothing of ours in its environment."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from promptrelay.database import heartbeats
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.heartbeat_schema import heartbeats as table
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.heartbeat import this_process
from tests.integration.database.conftest import clock, database, open_database

__all__ = ["clock", "command", "database", "open_database", "prompts"]

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def command(tmp_path: Path) -> Command:
    """Runs `promptrelay` there; keywords are settings without PROMPTRELAY_, or AWS_* as they are."""
    around = {
        name: text for name, text in os.environ.items() if not name.startswith(("PROMPTRELAY_", "AWS_"))
    }

    def run(*arguments: object, **settings: str) -> subprocess.CompletedProcess[str]:
        given = {
            name if name.startswith("AWS_") else f"PROMPTRELAY_{name}": text
            for name, text in settings.items()
        }
        return subprocess.run(
            [sys.executable, "-P", "-m", "promptrelay.cli.main", *map(str, arguments)],
            cwd=tmp_path,
            env={**around, **given},
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    return run


def beat(data: Path, *waits_for: str) -> None:
    """A dispatcher and a worker of `standard.post` say that they are there, and will for ten minutes."""
    database = Database(sqlite_url(data / "promptrelay.sqlite3"), SystemClock())
    upgrade(database)
    there = (this_process("dispatcher", "default"), this_process("worker", "default", ["standard.post"]))
    with database.write() as connection:
        for process in there:
            heartbeats.beat(connection, process, wall_clock=SystemClock().now, waits_for=waits_for)
        # Commands are slow to start on a busy machine.
        connection.execute(sa.update(table).values(seen_at=table.c.seen_at + 600.0))
    database.close()


@pytest.fixture
def prompts(tmp_path: Path) -> Path:
    """A file of three prompts."""
    path = tmp_path / "prompts.csv"
    path.write_text("prompt\none?\ntwo?\nthree?\n")
    return path
