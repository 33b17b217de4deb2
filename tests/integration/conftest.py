"""A real Redis-compatible server for the tests that need one, started once and emptied before each."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.integration.redis_server import RedisServer


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
