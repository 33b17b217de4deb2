"""Nothing is left behind when the command itself is killed, and the next one takes over."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import redis

from promptrelay.data_dir import DataDir
from promptrelay.stack.redis_server import embedded_url
from tests.checkout import ROOT
from tests.integration.stack.processes import eventually, is_alive, is_gone

COMMAND = Path(__file__).with_name("parent_process.py")


@pytest.fixture
def command(data: DataDir, ends: list[int]) -> Callable[[], subprocess.Popen[bytes]]:
    def start() -> subprocess.Popen[bytes]:
        process = subprocess.Popen(
            [sys.executable, str(COMMAND), str(data.path)],
            stdout=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        ends.append(process.pid)
        return process

    return start


def told(process: subprocess.Popen[bytes], ends: list[int]) -> dict[str, dict[str, int]]:
    line = json.loads(process.stdout.readline())
    ends.extend(line.get("pids", {}).values())
    return line


def test_after_kill_9_every_child_is_gone_within_six_seconds(command, data, ends) -> None:
    parent = command()
    pids = [*told(parent, ends)["pids"].values(), int((data.run / "redis.pid").read_text())]
    assert len(set(pids)) == 3  # The wrapper, the dummy, the server.
    assert all(is_alive(pid) for pid in pids)
    os.kill(parent.pid, signal.SIGKILL)
    eventually(lambda: not any(is_alive(pid) for pid in pids), within_s=6)
    assert is_gone(data)


def test_the_second_command_joins_and_takes_over_when_the_first_is_killed(command, data, ends) -> None:
    first = command()
    told(first, ends)
    with redis.Redis.from_url(embedded_url(data)) as server:
        server.set("kept", "1")
    old_server = int((data.run / "redis.pid").read_text())
    second = command()
    assert told(second, ends) == {"joined": first.pid}
    os.kill(first.pid, signal.SIGKILL)
    pids = told(second, ends)["pids"]
    assert set(pids) == {"redis", "dummy"}
    assert not is_alive(old_server)
    with redis.Redis.from_url(embedded_url(data)) as server:
        assert server.get("kept") == b"1"
    assert data.lock().holder() == second.pid
    os.kill(second.pid, signal.SIGKILL)
    eventually(lambda: is_gone(data) and not any(is_alive(pid) for pid in pids.values()), within_s=6)
