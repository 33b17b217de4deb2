"""The provider's stand-in as a process of its own, asked about its books by its admin's door."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

START_DEADLINE_S = 30.0
_PAGE = 500


@dataclass
class Provider:
    """A running stand-in; what it says here comes from its own books, never from ours."""

    process: subprocess.Popen[bytes]
    url: str

    def books(self) -> Any:
        return self._admin("books?tasks=0")

    def counters(self) -> Any:
        return self._admin("counters?tags=0")

    def posts(self) -> int:
        """Paid calls so far, taken or not."""
        calls = self.counters()["calls"]
        return int(calls.get("task_post", 0) + calls.get("live", 0))

    def tasks(self, **reading: Any) -> list[dict[str, Any]]:
        """Every task it ever took; `parse_float=str` leaves numbers as they were written."""
        found: list[dict[str, Any]] = []
        while True:
            page = self._admin(f"tasks?offset={len(found)}&limit={_PAGE}", **reading)
            found += page["tasks"]
            if len(found) >= int(page["total"]):
                return found

    def asked(self) -> dict[str, dict[str, int]]:
        """What was asked for each tag, whether it was taken or not."""
        found: dict[str, dict[str, int]] = self._admin("counters")["tags"]
        return found

    def set_balance(self, amount: str) -> None:
        requests.post(f"{self.url}/admin/balance", json={"amount": amount}, timeout=30).raise_for_status()

    def change(self, **options: object) -> None:
        requests.post(f"{self.url}/admin/faults", json=options, timeout=30).raise_for_status()

    def stop(self) -> None:
        self.process.kill()
        self.process.wait(10)

    def _admin(self, what: str, **reading: Any) -> Any:
        reply = requests.get(f"{self.url}/admin/{what}", timeout=60)
        reply.raise_for_status()
        return reply.json(**reading)


def start_provider(directory: Path, settings: Sequence[str]) -> Provider:
    """Start one on a free port of loopback, and wait until it has said which."""
    port_file = directory / "provider.port"
    port_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "promptrelay.simulator", "--port", "0", "--port-file", str(port_file)]
    for setting in settings:
        command += ["--set", setting]
    with (directory / "provider.log").open("ab") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    deadline = time.monotonic() + START_DEADLINE_S
    while not (port_file.exists() and port_file.read_text().strip()):
        if process.poll() is not None or time.monotonic() > deadline:
            process.kill()
            raise AssertionError((directory / "provider.log").read_text())
        time.sleep(0.02)
    return Provider(process, f"http://127.0.0.1:{port_file.read_text().strip()}")
