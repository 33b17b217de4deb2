"""A folder with prompts and a data directory, where the real command is run as its user runs it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

RUN_DEADLINE_S = 200.0
GONE_DEADLINE_S = 8.0


@dataclass(frozen=True)
class Outcome:
    """How a command ended and what it printed."""

    code: int
    out: str
    err: str

    @property
    def receipt(self) -> dict[str, Any]:
        """The last line of its standard output."""
        assert self.out.strip(), f"no receipt, exit code {self.code}:\n{self.err}"
        found: dict[str, Any] = json.loads(self.out.strip().splitlines()[-1])
        return found


@dataclass
class Project:
    """Runs `promptrelay` with an environment of its own; ends by process id whatever it started."""

    folder: Path
    environment: dict[str, str]
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def data(self) -> Path:
        return Path(self.environment["PROMPTRELAY_DATA_DIR"])

    def prompts(self, count: int, name: str = "prompts") -> Path:
        """A file of that many prompts, no two of them alike, in this or in another file."""
        path = self.folder / f"{name}.csv"
        lines = (f"{name} question {number}: which brand is best?\n" for number in range(count))
        path.write_text("prompt\n" + "".join(lines))
        return path

    def start(self, *arguments: object, **extra: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "promptrelay.cli.main", *map(str, arguments)]
        name = f"command{len(self._started)}"
        with (self.folder / f"{name}.out").open("w") as out, (self.folder / f"{name}.err").open("w") as err:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                env={**self.environment, **extra},
                start_new_session=True,
                text=True,
            )
        self._started.append(process)
        return process

    def end_of(self, process: subprocess.Popen[str], timeout_s: float = RUN_DEADLINE_S) -> Outcome:
        name = f"command{self._started.index(process)}"
        try:
            code = process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise AssertionError(
                f"{process.args} has not ended after {timeout_s} s; its state: {self.states()}"
            ) from None
        return Outcome(
            code, (self.folder / f"{name}.out").read_text(), (self.folder / f"{name}.err").read_text()
        )

    def text_of(self, process: subprocess.Popen[str]) -> str:
        """What a command that may still be running has said for people, its line breaks undone."""
        name = f"command{self._started.index(process)}"
        return " ".join((self.folder / f"{name}.err").read_text().split())

    def command(self, *arguments: object, **extra: str) -> Outcome:
        return self.end_of(self.start(*arguments, **extra))

    def run(self, path: Path, *arguments: object, **extra: str) -> Outcome:
        """`promptrelay run` without questions, with the receipt on its last line."""
        return self.command(*run_arguments(path, *arguments), **extra)

    def results(self, run_id: str) -> list[dict[str, Any]]:
        out = self.folder / f"{run_id}.jsonl"
        done = self.command("results", run_id, "--format", "jsonl", "--out", out)
        assert done.code == 0, done.err
        return [json.loads(line) for line in out.read_text("utf-8").splitlines()]

    def ledger(self) -> dict[str, Any]:
        done = self.command("ledger", "--json")
        assert done.code == 0, done.err
        found: dict[str, Any] = json.loads(done.out)
        return found

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the project's database, by another library than the product's; none if there is none."""
        path = self.data / "promptrelay.sqlite3"
        if not path.exists():
            return []
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            try:
                return connection.execute(statement).fetchall()
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def states(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            "runs": self.rows("SELECT id, state, reason FROM runs"),
            "jobs": self.rows("SELECT platform, state, count(*) FROM jobs GROUP BY 1, 2"),
            "attempts": self.rows("SELECT platform, state, count(*) FROM attempts GROUP BY 1, 2"),
            "accounts": self.rows("SELECT name, state, reason FROM accounts"),
        }

    def pids(self) -> list[int]:
        """Every living process with this data directory in its environment, this test's commands included."""
        mark = f"PROMPTRELAY_DATA_DIR={self.data}".encode()
        return [pid for pid, environ in _environments() if mark in environ.split(b"\0")]

    def wait_until_gone(self, timeout_s: float = GONE_DEADLINE_S) -> None:
        until(lambda: not self.pids(), timeout_s, lambda: f"still there: {self._alive()}")

    def end_everything(self) -> None:
        for process in self._started:
            if process.poll() is None:
                process.kill()
                process.wait(10)
        for pid in self.pids():
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue

    def _alive(self) -> dict[int, str]:
        return {pid: _command_line(pid) for pid in self.pids()}


def run_arguments(path: Path, *arguments: object) -> list[object]:
    return ["run", path, "--yes", "--json", *arguments]


def until(
    condition: Callable[[], object],
    timeout_s: float = 60.0,
    failure: Callable[[], str] = lambda: "waited in vain",
) -> None:
    """Wait for an event with a deadline."""
    deadline = time.monotonic() + timeout_s
    while not condition():
        assert time.monotonic() < deadline, failure()
        time.sleep(0.05)


def _environments() -> Iterator[tuple[int, bytes]]:
    for place in Path("/proc").iterdir():
        if place.name.isdigit():
            try:
                if (place / "stat").read_text().rpartition(")")[2].split()[0] != "Z":
                    yield int(place.name), (place / "environ").read_bytes()
            except OSError:
                continue


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode()
    except OSError:
        return "gone meanwhile"
