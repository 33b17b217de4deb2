"""Transactions on SQLite or PostgreSQL, durable when they return (P31)."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from promptrelay.database.errors import AWAY, DatabaseUnfit, DatabaseUrlWrong
from promptrelay.domain.clock import Clock

BUSY_TIMEOUT_MS = 60_000
CONNECT_TIMEOUT_S = 10
_READ_ONLY = "25006"
_ENCODING = "UTF8"


class Database:
    """The engine with its two kinds of transaction: `read` and `write`."""

    def __init__(self, url: str, clock: Clock) -> None:
        self.url = _read_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(self.url, clock) if self.is_sqlite else _postgresql_engine(self.url)
        # SQLite has one writer at a time and lets the others poll for their turn: threads of one process
        # queue here instead, which is fairer and cheaper.
        self._writer: AbstractContextManager[Any] = threading.Lock() if self.is_sqlite else nullcontext()

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """A transaction that sees one state of the database and changes nothing. Raises AWAY."""
        with _cut_is_away(), self.engine.connect() as connection:
            options: dict[str, Any] = {"promptrelay_reads": True}
            if not self.is_sqlite:
                # By default each statement of PostgreSQL sees a state of its own.
                options["isolation_level"] = "REPEATABLE READ"
            yield connection.execution_options(**options)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """A transaction that is durable when the block ends, and gone when the block raises.

        Raises AWAY; when the reply to its COMMIT was lost, it may be durable all the same (P31).
        """
        with self._writer, _cut_is_away(), self.engine.begin() as connection:
            yield connection

    def close(self) -> None:
        """Give every connection back."""
        self.engine.dispose()


@contextmanager
def _cut_is_away() -> Iterator[None]:
    """Drivers tell a cut connection by many names: here it gets the one that is among AWAY."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        if not error.connection_invalidated or isinstance(error, AWAY):
            raise
        raise sa.exc.OperationalError(
            error.statement, None, error.orig or error, connection_invalidated=True
        ) from None


def sqlite_url(path: Path) -> str:
    """The URL of an SQLite database in that file."""
    return f"sqlite:///{path}"


def _read_url(url: str) -> sa.URL:
    try:
        found = _with_driver(sa.engine.make_url(url))
    except (sa.exc.ArgumentError, ValueError):
        found = None
    if found is None or found.get_backend_name() not in ("sqlite", "postgresql"):
        raise DatabaseUrlWrong(
            "the database URL is not postgresql://USER:PASSWORD@HOST/NAME and not sqlite:////PATH"
        )
    return found


def _with_driver(url: sa.URL) -> sa.URL:
    """Name the one PostgreSQL driver that we install: the default differs between SQLAlchemy's versions."""
    named = url.drivername in ("postgres", "postgresql")
    return url.set(drivername="postgresql+psycopg") if named else url


def _sqlite_engine(url: sa.URL, clock: Clock) -> sa.Engine:
    engine = sa.create_engine(
        url, pool_size=8, max_overflow=200, pool_timeout=BUSY_TIMEOUT_MS / 1000, hide_parameters=True
    )

    @sa.event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        for pragma in (
            f"busy_timeout={BUSY_TIMEOUT_MS}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
        ):
            connection.execute(f"PRAGMA {pragma}")
        connection.create_function("promptrelay_now", 0, clock.now)

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        # A transaction that reads first and writes later fails at once when another has written meanwhile.
        reads = connection.get_execution_options().get("promptrelay_reads", False)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    return engine


def _postgresql_engine(url: sa.URL) -> sa.Engine:
    if find_spec(url.get_driver_name()) is None:
        raise DatabaseUrlWrong("PostgreSQL needs its driver: pip install 'promptrelay[postgres]'")
    wanted: dict[str, Any] = {"options": "-c synchronous_commit=on"}
    if "connect_timeout" not in url.query:
        # Else a host that swallows every packet keeps a process silent for two minutes.
        wanted["connect_timeout"] = CONNECT_TIMEOUT_S
    engine = sa.create_engine(
        url,
        pool_size=8,
        max_overflow=200,
        pool_pre_ping=True,
        connect_args=wanted,
        hide_parameters=True,
    )

    # Before SQLAlchemy's own first question, which breaks on a database without an encoding.
    @sa.event.listens_for(engine, "connect", insert=True)
    def refuse_other_encodings(connection: Any, _record: Any) -> None:
        found = connection.info.parameter_status("server_encoding")
        if found != _ENCODING:
            raise DatabaseUnfit(
                f"the database's server_encoding is {found}, which cannot hold every prompt and answer:"
                " make another one with CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
            )

    @sa.event.listens_for(engine, "handle_error")
    def leave_a_standby(context: sa.engine.ExceptionContext) -> None:
        # A server that was demoted takes no writes from anybody: the primary is found by connecting anew.
        if getattr(context.original_exception, "sqlstate", None) == _READ_ONLY:
            context.is_disconnect = True

    return engine
