"""A whole simulated stack with Flower, in a folder of its own."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest

from tests.integration.stack.processes import eventually

# An hour of the provider takes six seconds; the first look comes after one.
SETTINGS = {
    "PROMPTRELAY_TESTING": "1",
    "PROMPTRELAY_TIME_SCALE": "600",
    "PROMPTRELAY_POLL_FIRST_S": "600",
    "PROMPTRELAY_ACCOUNT": "watched",
    "FLOWER_UNAUTHENTICATED_API": "true",
}
# Answers take about four seconds and no list announces them, so that polls come first and come again.
SIMULATOR = ["ready_lists=off", "standard_latency_s=2400", "standard_latency_max_s=3600"]
END_DEADLINE_S = 90.0


class WatchedStack:
    """A running stack, what it writes, and what Flower says about it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        others = {name: value for name, value in os.environ.items() if not name.startswith("PROMPTRELAY_")}
        self.environment = {**others, **SETTINGS, "PROMPTRELAY_DATA_DIR": str(self.data)}

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-P", "-m", "promptrelay.cli.main", *arguments]

    def start(self) -> subprocess.Popen[bytes]:
        changes = [part for option in SIMULATOR for part in ("--simulator-option", option)]
        flower = ["--flower", "--flower-port", str(self.port)]
        with (self.folder / "up.log").open("wb") as log:
            return subprocess.Popen(
                self.command("up", "--simulate", *flower, *changes),
                cwd=self.folder,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def submit(self, file: Path) -> dict[str, Any]:
        done = subprocess.run(
            self.command("submit", str(file), "--platform", "chat_gpt", "--json"),
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def page(self, path: str) -> str:
        """What Flower serves there; nothing while it cannot be reached."""
        try:
            with urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as reply:
                return str(reply.read().decode())
        except OSError:
            return ""

    def tasks(self) -> dict[str, dict[str, Any]]:
        """Flower's tasks by id."""
        tasks: dict[str, dict[str, Any]] = json.loads(self.page("/api/tasks?limit=1000") or "{}")
        return tasks

    def logs(self) -> str:
        """Everything that the stack and its children wrote."""
        files = [self.folder / "up.log", *sorted((self.data / "logs").glob("*.log"))]
        return "\n".join(file.read_text(errors="replace") for file in files)


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[WatchedStack]:
    """A stack whose workers are known to Flower; ended by its pid."""
    watched = WatchedStack(tmp_path)
    process = watched.start()
    try:
        eventually(lambda: '"standard@' in watched.page("/api/workers?refresh=1"), within_s=90)
        yield watched
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(timeout=END_DEADLINE_S)
        except subprocess.TimeoutExpired:
            process.kill()  # Its children end with it.
            process.wait(timeout=10)
