"""The services of docker-compose.yml as plain processes: its own commands, in its own order."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.acceptance.project import until
from tests.acceptance.provider import start_provider
from tests.integration.redis_server import RedisServer

ROOT = Path(__file__).resolve().parents[3]
SCALE = "600"
# What a trial on loopback needs beyond the file: our time is quicker, and our servers have other addresses.
QUICK = {
    "PROMPTRELAY_TESTING": "1",
    "PROMPTRELAY_TIME_SCALE": SCALE,
    "PROMPTRELAY_CALLS_PER_MINUTE": "20000",
    "PROMPTRELAY_TASKS_READY_PER_MINUTE": "300",
    "PROMPTRELAY_LIVE_START_WINDOW_S": "2",
    "PROMPTRELAY_API_LOGIN": "simulator",
    "PROMPTRELAY_API_PASSWORD": "simulator",
}
_REFERENCE = re.compile(r"\$\{(\w+):-([^}]*)\}")


@dataclass
class Composed:
    """The stack of the file, with a server for Redis by wheel and the simulator on a free port."""

    folder: Path
    redis: RedisServer
    given: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.services: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
        self.provider = start_provider(
            self.folder, [f"time_scale={SCALE}", "calls_per_minute=20000", "ready_calls_per_minute=600"]
        )

    def environment(self, name: str) -> dict[str, str]:
        """The service's environment, with what differs here laid over it."""
        around = {key: text for key, text in os.environ.items() if not key.startswith("PROMPTRELAY_")}
        written: Mapping[str, str] = self.services[name]["environment"]
        resolved = {
            key: _REFERENCE.sub(lambda found: self.given.get(found[1], found[2]), str(text))
            for key, text in written.items()
        }
        here = {
            "PROMPTRELAY_DATA_DIR": str(self.folder / "data"),
            "PROMPTRELAY_REDIS_URL": self.redis.url,
            "PROMPTRELAY_API_URL": self.provider.url,
        }
        return {**around, **resolved, **QUICK, **here}

    def start(self, name: str) -> subprocess.Popen[bytes]:
        """The service's command as a process."""
        with self.log(name).open("ab") as log:
            self.processes[name] = subprocess.Popen(
                _runnable(self.services[name]["command"]),
                cwd=self.folder,
                env=self.environment(name),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        return self.processes[name]

    def up(self) -> None:
        """Everything of ours, each when what it depends on is there, as the file says."""
        for name in self.in_order():
            self.start(name)
            if name == "migrate":
                assert self.processes[name].wait(60) == 0, self.log(name).read_text()

    def in_order(self) -> Iterator[str]:
        ours = [name for name in self.services if name not in ("redis", "simulator", "flower")]
        done: set[str] = {"redis"}
        while len(done) <= len(ours):
            free = [n for n in ours if n not in done and set(self.services[n]["depends_on"]) <= done]
            assert free, f"the order of {ours} has no beginning"
            yield from free
            done |= set(free)

    def command(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """A command of ours with the dispatcher's environment, as `docker compose run` gives it."""
        return subprocess.run(
            _runnable(["promptrelay", *arguments]),
            cwd=self.folder,
            env=self.environment("dispatcher"),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    def log(self, name: str) -> Path:
        return self.folder / f"{name}.log"

    def logs(self) -> str:
        return "\n".join(f"== {name}\n{self.log(name).read_text()[-3000:]}" for name in self.processes)

    def wait_for_line(self, name: str, text: str, timeout_s: float = 60.0) -> None:
        until(lambda: text in self.log(name).read_text(), timeout_s, self.logs)

    def end(self) -> None:
        for process in self.processes.values():
            process.terminate()
        give_up = time.monotonic() + 30
        for process in self.processes.values():
            try:
                process.wait(max(0.1, give_up - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(10)
        self.provider.stop()


def _runnable(command: list[str]) -> list[str]:
    assert command[0] == "promptrelay", command
    return [sys.executable, "-P", "-m", "promptrelay.cli.main", *command[1:]]
