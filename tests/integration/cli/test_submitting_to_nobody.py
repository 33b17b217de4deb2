"""`submit` says where the jobs went and who sends them, and refuses where that would be nobody."""

from __future__ import annotations

import json
from pathlib import Path

from tests.integration.cli.conftest import Command, beat

CHAT_GPT = ("--platform", "chat_gpt")


def test_with_no_stack_and_no_data_it_refuses_and_writes_nothing(command: Command, prompts: Path) -> None:
    refused = command("submit", prompts, *CHAT_GPT)
    assert refused.returncode == 2
    (line,) = refused.stderr.splitlines()
    for words in ("nobody would send them", "PROMPTRELAY_DATABASE_URL", "promptrelay up", "--anyway"):
        assert words in line
    assert sorted(path.name for path in prompts.parent.iterdir()) == ["prompts.csv"]


def test_it_refuses_a_data_directory_of_a_wrong_name_as_well(command: Command, prompts: Path) -> None:
    wrong = prompts.parent / "no-such-data"
    assert command("submit", prompts, *CHAT_GPT, DATA_DIR=str(wrong)).returncode == 2
    assert not wrong.exists()


def test_anyway_it_keeps_them_and_says_that_nobody_is_there(command: Command, prompts: Path) -> None:
    done = command("submit", prompts, *CHAT_GPT, "--anyway")
    assert done.returncode == 0, done.stderr
    assert f"jobs are in SQLite {prompts.parent}/.promptrelay/promptrelay.sqlite3" in done.stdout
    assert "nobody is there to send them yet" in done.stdout
    assert "start `promptrelay up`" in done.stderr


def test_with_a_data_directory_it_submits_and_tells_in_json(command: Command, prompts: Path) -> None:
    (prompts.parent / "data").mkdir()
    done = command("submit", prompts, *CHAT_GPT, "--json", DATA_DIR="data")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["processes"] == 0
    assert told["database"].endswith("data/promptrelay.sqlite3")
    assert [sign["kind"] for sign in told["signs"]] == ["unserved"]


def test_it_counts_those_who_are_there(command: Command, prompts: Path) -> None:
    data = prompts.parent / "data"
    data.mkdir()
    beat(data)
    done = command("submit", prompts, *CHAT_GPT, DATA_DIR="data")
    assert done.returncode == 0, done.stderr
    assert "2 processes are there to send them" in done.stdout
    assert done.stderr == ""
