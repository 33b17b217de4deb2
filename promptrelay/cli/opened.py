"""Opens the database for a command, at this program's version."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from config.settings import Settings
from promptrelay.cli.errors import RunNotFound, UsageWrong
from promptrelay.data_dir import DataDir
from promptrelay.database.database import Database
from promptrelay.database.runs import runs
from promptrelay.database.upgrade import check_version, upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.wiring import database_url


@contextmanager
def open_database(settings: Settings) -> Iterator[Database]:
    """The database; an embedded one is made and upgraded, a configured one must be at its version."""
    if not settings.database_url:
        DataDir(settings.data_dir).make()
    database = Database(database_url(settings), SystemClock())
    try:
        if settings.database_url:
            check_version(database)
        else:
            upgrade(database)
        yield database
    finally:
        database.close()


def the_run(database: Database, name: str | None) -> sa.RowMapping:
    """The run of that id or campaign, else the newest. Raises RunNotFound."""
    with database.read() as connection:
        found = runs.find(connection, name)
    if found is None:
        what = "there is no run yet" if name is None else f"no run or campaign is called {name}"
        raise RunNotFound(f"{what}; start one with `promptrelay run FILE`")
    return found


def the_one_run(database: Database, name: str | None) -> sa.RowMapping:
    """As `the_run`, for a command that changes it: the start of an id must be that of one run only."""
    found = the_run(database, name)
    if name is not None and found["campaign"] != name:
        with database.read() as connection:
            others = runs.named_so(connection, name)
        if len(others) > 1:
            raise UsageWrong(
                f"{name} is the start of several runs' ids: {', '.join(others)}; write more of it"
            )
    return found


def not_purged(run: sa.RowMapping) -> sa.RowMapping:
    """The run itself. Raises UsageWrong when its answers are deleted, or are being deleted."""
    if run["purge_at"] is not None:
        how = "is purged" if run["purged_at"] is not None else "is being purged"
        raise UsageWrong(f"run {run['id']} {how}: its prompts and answers are deleted, its receipt stays")
    return run
