"""What a shell gets when the tab key is pressed, by the command as the shell calls it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from promptrelay.cli.command_list import COMMANDS
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.schema import runs
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock

RUN = "01JZ0000000000000000000001"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory with one run."""
    database = Database(sqlite_url(tmp_path / "promptrelay.sqlite3"), SystemClock())
    upgrade(database)
    with database.write() as connection:
        facts = {"account": "main", "campaign": "bakeries", "fingerprint": "f", "generation": 1}
        values = {"id": RUN, "state": "finished", "options": {}, "created_at": 0.0, **facts}
        connection.execute(sa.insert(runs).values(values))
    database.close()
    return tmp_path


def completed(*words: str, **settings: object) -> list[str]:
    """What bash is given for the last of these words."""
    ours = {f"PROMPTRELAY_{name}": str(value) for name, value in settings.items()}
    asked = {"COMP_WORDS": " ".join(("promptrelay", *words)), "COMP_CWORD": str(len(words))}
    done = subprocess.run(
        [sys.executable, "-m", "promptrelay.cli.main"],
        env=os.environ | ours | asked | {"_PROMPTRELAY_COMPLETE": "bash_complete"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stderr == ""
    # With nothing to offer it prints an empty line.
    return [line.partition(",")[2] for line in done.stdout.split()]


def test_commands_options_states_and_platforms_are_completed() -> None:
    assert completed("re") == [name for name in COMMANDS if name.startswith("re")]
    assert "results" in completed("re")
    assert completed("results", "--raw") == ["--raw", "--raw-cells"]
    assert "in_flight" in completed("jobs", "--state", "")
    assert completed("results", "--platform", "c") == ["chat_gpt", "claude"]


def test_runs_are_completed_by_campaign_and_by_id(data: Path) -> None:
    assert completed("results", "", DATA_DIR=data) == ["bakeries", RUN]
    assert completed("status", "BAK", DATA_DIR=data) == ["bakeries"]
    assert completed("receipt", "01jz", DATA_DIR=data) == [RUN]


@pytest.mark.parametrize(
    "settings",
    [
        {"DATA_DIR": "/nowhere/at/all"},
        {"DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none"},
        {"DATABASE_URL": "no url"},
        {"CALLS_PER_MINUTE": "many"},
    ],
    ids=["no database", "no server", "no url", "wrong settings"],
)
def test_whatever_is_wrong_nothing_is_said_and_nothing_made(settings: dict[str, str]) -> None:
    assert completed("results", "", **settings) == []
    assert not Path("/nowhere").exists()


def test_a_database_of_something_else_is_nothing(tmp_path: Path) -> None:
    (tmp_path / "promptrelay.sqlite3").write_text("not a database")
    assert completed("results", "", DATA_DIR=tmp_path) == []


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_is_one_its_shell_can_read(shell: str) -> None:
    command = [sys.executable, "-m", "promptrelay.cli.main", "completion", shell]
    script = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    assert f"_PROMPTRELAY_COMPLETE={shell}_complete" in script
    if shutil.which(shell):
        subprocess.run([shell, "-n", "/dev/stdin"], input=script, text=True, check=True, timeout=60)
