"""plan, models, and what run says before it sends, with the real command and a stand-in as a process."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.provider import Provider, start_provider

COMMAND = [sys.executable, "-m", "promptrelay.cli.main"]
DEADLINE_S = 60


@dataclass
class Desk:
    """A folder with prompts, and the command in it."""

    folder: Path
    provider: Provider | None = None

    @property
    def environment(self) -> dict[str, str]:
        theirs = {name: value for name, value in os.environ.items() if not name.startswith("PROMPTRELAY_")}
        ours = {"DATA_DIR": str(self.folder / "data")}
        if self.provider is not None:
            ours |= {"API_URL": self.provider.url, "API_LOGIN": "simulator", "API_PASSWORD": "simulator"}
        return theirs | {f"PROMPTRELAY_{name}": value for name, value in ours.items()}

    def call(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=DEADLINE_S,
            check=False,
        )

    def answer(self, word: str, *arguments: str) -> tuple[str, int]:
        """What is shown to a person at a terminal who answers the one question so, and the exit code."""
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            [*COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment | {"COLUMNS": "200"},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
        )
        os.close(theirs)
        os.write(ours, f"{word}\n".encode())
        shown = b"".join(iter(lambda: _read(ours), b""))
        os.close(ours)
        return shown.decode(), process.wait(DEADLINE_S)


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65_536)
    except OSError:  # The other end is closed.
        return b""


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    lines = "".join(f"What is number {number}?\n" for number in range(40))
    (tmp_path / "p.csv").write_text(f"prompt\n{lines}What is number 1?\n")
    return Desk(tmp_path)


@pytest.fixture
def provided(desk: Desk) -> Iterator[Desk]:
    desk.provider = start_provider(desk.folder, [])
    yield desk
    desk.provider.stop()


def plan_of(desk: Desk, *options: str) -> dict[str, Any]:
    done = desk.call("plan", "p.csv", "--json", *options)
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_plan_leaves_nothing_behind_and_is_complete(desk: Desk) -> None:
    found = plan_of(desk, "--platform", "chat_gpt", "--platform", "perplexity")
    assert (found["rows"], found["duplicates"], found["jobs"], found["answers"]) == (41, 1, 80, 82)
    assert found["cost"]["p50"] == "0.992"
    assert {"peak_float", "time", "warnings", "notes", "refused", "platforms"} <= found.keys()
    assert not (desk.folder / "data").exists()
    shown = desk.call("plan", "p.csv").stdout
    assert "41 prompts, 40 jobs, 1 repeated" in shown
    assert "\x1b" not in shown
    assert [line for line in shown.splitlines() if "What is" in line] == [
        "prompts from the column prompt; the first: What is number 0?"
    ]
    assert "What is" not in json.dumps(found), "what programs read may be kept by them"


def test_models_are_kept_and_doubted_ones_refused_only_when_asked_for(provided: Desk) -> None:
    alone = Desk(provided.folder)
    nothing = alone.call("models")
    assert (nothing.returncode, len(nothing.stderr.splitlines())) == (2, 1)
    assert "PROMPTRELAY_API_LOGIN" in nothing.stderr

    listed = json.loads(provided.call("models", "--platform", "perplexity", "--json").stdout)
    names = {model["name"]: model for model in listed["platforms"]["perplexity"]["models"]}
    assert names["sonar"] == {"name": "sonar", "reasoning": False, "web_search": True, "task_post": False}
    assert "sonar-pro" in alone.call("models", "--platform", "perplexity").stdout

    misspelt = ("--platform", "perplexity", "--model", "perplexity=sonar-por")
    assert "lacks sonar-por; near it is sonar-pro" in " ".join(plan_of(alone, *misspelt)["warnings"])
    strict = alone.call("plan", "p.csv", "--strict-models", *misspelt)
    assert (strict.returncode, len(strict.stderr.splitlines())) == (2, 1)
    assert "sonar-pro" in strict.stderr


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--max-cost", "0.1"], ["$0.488", "$0.10", "--yes"]),
        ([], ["$1.41", "PROMPTRELAY_CONFIRM_ABOVE_USD", "--yes"]),
    ],
    ids=["expected above the cap", "nobody to ask"],
)
def test_what_is_too_dear_is_refused_in_one_line(
    provided: Desk, options: list[str], words: list[str]
) -> None:
    done = provided.call("run", "p.csv", *options)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert all(word in done.stderr for word in words)
    assert provided.provider is not None
    assert provided.provider.posts() == 0


def test_a_person_is_asked_with_the_most_it_may_cost(provided: Desk) -> None:
    shown, code = provided.answer("n", "run", "p.csv")
    assert "Send 40 jobs for up to $1.41?" in shown
    assert code == 130
    assert provided.provider is not None
    assert provided.provider.posts() == 0
