"""With all processes dead every command that watches says so, and what to start."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.integration.cli.conftest import Command, beat


@pytest.fixture
def waiting(command: Command, prompts: Path) -> Path:
    """A data directory with jobs that nobody sends, and a schedule."""
    data = prompts.parent / "data"
    data.mkdir()
    submitted = command("submit", prompts, "--platform", "chat_gpt", DATA_DIR="data")
    assert submitted.returncode == 0, submitted.stderr
    kept = command(
        "schedule", "add", prompts, "--platform", "chat_gpt", "--every", "6h", "--yes", DATA_DIR="data"
    )
    assert kept.returncode == 0, kept.stderr
    return data


@pytest.mark.parametrize("arguments", [("status",), ("runs",), ("schedule", "list")])
def test_a_line_says_that_nobody_is_there(
    arguments: tuple[str, ...], command: Command, waiting: Path
) -> None:
    said = command(*arguments, DATA_DIR="data")
    assert said.returncode == 0
    assert "no process is there, and standard.post have work; start `promptrelay up`" in said.stderr
    told = json.loads(command(*arguments, "--json", DATA_DIR="data").stdout)
    assert [sign["kind"] for sign in told["signs"]] == ["unserved"]
    beat(waiting)
    assert command(*arguments, DATA_DIR="data").stderr == ""
    assert json.loads(command(*arguments, "--json", DATA_DIR="data").stdout)["signs"] == []


def test_doctor_fails_and_says_what_to_start(command: Command, waiting: Path) -> None:
    def processes() -> list[dict[str, str]]:
        done = command("doctor", "--json", DATA_DIR="data")
        return [check for check in json.loads(done.stdout)["checks"] if check["name"] == "processes"]

    (found,) = processes()
    assert found["level"] == "fail"
    assert "no process is there" in found["what"]
    assert "promptrelay up" in found["cure"]
    beat(waiting)
    (found,) = processes()
    assert found["level"] == "ok"
    beat(waiting, "the object store: NoSuchBucket")
    (found,) = processes()
    assert found["level"] == "fail"
    assert found["what"] == "waiting for the object store: NoSuchBucket (1 dispatcher, 1 worker)"


def test_status_and_receipt_say_what_is_waited_for(command: Command, waiting: Path) -> None:
    beat(waiting, "Redis: READONLY it is a replica")
    for arguments in (("status",), ("receipt",)):
        said = " ".join(command(*arguments, DATA_DIR="data").stdout.split())
        assert "waiting for Redis: READONLY it is a replica" in said, arguments
        told = json.loads(command(*arguments, "--json", DATA_DIR="data").stdout)
        assert told["waits"] == ["waiting for Redis: READONLY it is a replica"]
