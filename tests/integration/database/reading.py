"""How much of the database a piece of work reads, as the database itself tells it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from promptrelay.database.database import Database

Work = Callable[[sa.Connection], object]
_EACH_STEPS = 100


class _Undone(Exception):
    """Whatever the work did is rolled back."""


@dataclass(slots=True)
class Reading:
    """What it took: steps of SQLite's machine or rows of PostgreSQL, and the tables read from end to end."""

    amount: int = 0
    scanned: set[str] = field(default_factory=set)
    plans: list[str] = field(default_factory=list)


def reading(database: Database, work: Work) -> Reading:
    """Does the work, explains every statement of it, and undoes it."""
    said: list[tuple[str, Any]] = []
    found = Reading()
    with _undone(database) as connection, _listening(connection, said), _steps(connection, found):
        work(connection)
    explain = _explain_sqlite if database.is_sqlite else _explain_postgresql
    for statement, parameters in said:
        with _undone(database) as connection:
            explain(connection, statement, parameters, found)
    return found


@contextmanager
def _undone(database: Database) -> Iterator[sa.Connection]:
    try:
        with database.write() as connection:
            yield connection
            raise _Undone
    except _Undone:
        pass


@contextmanager
def _listening(connection: sa.Connection, said: list[tuple[str, Any]]) -> Iterator[None]:
    def hear(_c: Any, _cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if not statement.startswith(("SAVEPOINT", "RELEASE")):
            said.append((statement, parameters[0] if many else parameters))

    sa.event.listen(connection, "before_cursor_execute", hear)
    try:
        yield
    finally:
        sa.event.remove(connection, "before_cursor_execute", hear)


@contextmanager
def _steps(connection: sa.Connection, found: Reading) -> Iterator[None]:
    if connection.dialect.name != "sqlite":
        yield
        return

    def count() -> int:
        found.amount += _EACH_STEPS
        return 0

    driver: Any = connection.connection.driver_connection
    driver.set_progress_handler(count, _EACH_STEPS)
    try:
        yield
    finally:
        driver.set_progress_handler(None, 0)


def _explain_sqlite(connection: sa.Connection, statement: str, parameters: Any, found: Reading) -> None:
    rows = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters)
    for row in rows:
        detail = str(row[3])
        found.plans.append(detail)
        # An index read from end to end may hold a few rows only: the steps tell.
        if detail.startswith("SCAN ") and "INDEX" not in detail:
            found.scanned.add(detail.split()[1])


def _explain_postgresql(connection: sa.Connection, statement: str, parameters: Any, found: Reading) -> None:
    told = connection.exec_driver_sql(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters).scalar_one()
    plan = json.loads(told) if isinstance(told, str) else told
    _add(plan[0]["Plan"], found)


def _add(plan: dict[str, Any], found: Reading) -> None:
    dropped = sum(plan.get(f"Rows Removed by {how}", 0) for how in ("Filter", "Index Recheck"))
    amount = int((plan["Actual Rows"] + dropped) * plan["Actual Loops"])
    found.amount += amount
    where = " ".join(plan[name] for name in ("Relation Name", "Index Name") if name in plan)
    found.plans.append(f"{plan['Node Type']} {where} {amount}")
    if plan["Node Type"] == "Seq Scan":
        found.scanned.add(plan["Relation Name"])
    for below in plan.get("Plans", ()):
        _add(below, found)
