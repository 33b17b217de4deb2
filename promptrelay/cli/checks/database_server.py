"""The database: there, at this program's version, and durable when it says that it has committed."""

from __future__ import annotations

import sqlite3

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from promptrelay.cli.checks.finding import Finding, fail, ok
from promptrelay.cli.checks.opened_database import looked_at
from promptrelay.database.database import Database
from promptrelay.database.errors import DatabaseUnfit, SchemaOutOfDate
from promptrelay.database.upgrade import check_version

OLDEST_SQLITE, OLDEST_POSTGRESQL = (3, 35), 14
_SQLITE = {"journal_mode": "wal", "synchronous": "2"}
_POSTGRESQL = {"synchronous_commit": "on", "fsync": "on", "full_page_writes": "on"}


def check_database(settings: Settings) -> list[Finding]:
    """The configured database, else the file in the data directory; nothing is made or changed."""
    try:
        with looked_at(settings) as database:
            if database is None:
                return [ok("database", "SQLite in the data directory, made by the first run or up")]
            return [_version(database, settings), *_durability(database)]
    except DatabaseUnfit as error:
        what, _, cure = str(error).partition(": ")
        return [fail("database", what, cure)]
    except SQLAlchemyError as error:
        kind = type(getattr(error, "orig", None) or error).__name__
        cure = "start it, or correct PROMPTRELAY_DATABASE_URL; a damaged file comes back from its backup"
        return [fail("database", f"cannot be read ({kind})", cure)]


def _version(database: Database, settings: Settings) -> Finding:
    try:
        check_version(database)
    except SchemaOutOfDate as error:
        what, _, cure = str(error).partition(": ")
        if not settings.database_url and "no tables" in what:
            return ok("database", "empty; the next run or up makes the tables")
        return fail("database", what, cure or "`promptrelay db upgrade`")
    with database.read() as connection:
        kind, version, new_enough = _server(connection, is_sqlite=database.is_sqlite)
    return server_finding(kind, version, new_enough=new_enough)


def _server(connection: sa.Connection, *, is_sqlite: bool) -> tuple[str, str, bool]:
    if is_sqlite:
        return "SQLite", sqlite3.sqlite_version, sqlite3.sqlite_version_info[:2] >= OLDEST_SQLITE
    shown = str(connection.exec_driver_sql("SHOW server_version").scalar_one())
    number = int(connection.exec_driver_sql("SHOW server_version_num").scalar_one())
    return "PostgreSQL", shown.split(" ", maxsplit=1)[0], number // 10_000 >= OLDEST_POSTGRESQL


def server_finding(kind: str, version: str, *, new_enough: bool) -> Finding:
    """Whether the database itself is one that this program knows."""
    if not new_enough:
        oldest = f"SQLite {'.'.join(map(str, OLDEST_SQLITE))} or PostgreSQL {OLDEST_POSTGRESQL}"
        return fail("database", f"{kind} {version}", f"use {oldest}, or newer")
    return ok("database", f"{kind} {version} with this program's tables")


def _durability(database: Database) -> list[Finding]:
    ask, wanted = ("PRAGMA", _SQLITE) if database.is_sqlite else ("SHOW", _POSTGRESQL)
    with database.read() as connection:
        found = {name: str(connection.exec_driver_sql(f"{ask} {name}").scalar_one()) for name in wanted}
    return [durability_finding(found, wanted)]


def durability_finding(found: dict[str, str], wanted: dict[str, str]) -> Finding:
    """Whether what is committed outlives a power cut: it is money (P31)."""
    wrong = {name: value for name, value in found.items() if value != wanted[name]}
    shown = ", ".join(f"{name} {value}" for name, value in found.items())
    if wrong:
        cure = "set " + ", ".join(f"{name} to {wanted[name]}" for name in wrong)
        return fail("database durability", shown, f"{cure}: a power cut may lose what was paid")
    return ok("database durability", shown)
