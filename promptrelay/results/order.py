"""Which lines a run has, and in which order: that of the input, or that in which answers were settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.schema import attempts
from promptrelay.results.rows import PAGE_SIZE, Attempted, Delivery, read_jobs, read_page

Order = Literal["input", "settled"]
Cursor = Sequence[Any]
"""Where a page ends: what to go on after. Plain JSON, to be kept and given back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """Which lines are wanted and in which order."""

    order: Order = "input"
    platforms: tuple[str, ...] = ()
    """None given: all."""
    all_rows: bool = False
    """Also rows without an answer; in the order of settling they follow at the end."""


@dataclass(frozen=True, slots=True)
class Choice:
    """What one line tells: a row with a job of it, and the attempt that answered it or was tried last."""

    delivery: Delivery
    tried: Attempted | None
    is_twin: bool = False
    """Whether it is a late twin's: an answer that was paid for and not needed."""

    @property
    def is_answered(self) -> bool:
        """Whether an answer belongs on the line."""
        return self.is_twin or self.delivery.answered is not None


@dataclass(frozen=True, slots=True)
class Page:
    """Some lines, and where they end."""

    choices: list[Choice]
    cursor: Cursor


def pages(
    database: Database,
    run_id: str,
    selection: Selection,
    *,
    after: Cursor | None = None,
    size: int = PAGE_SIZE,
) -> Iterator[Page]:
    """The run's lines from the cursor on; memory holds one page, and no read stays open between pages."""
    if selection.order == "input":
        return _by_input(database, run_id, selection, after or ("input", -1), size)
    return _by_settling(database, run_id, selection, after or ("settled", -1.0, ""), size)


def _by_input(
    database: Database, run_id: str, selection: Selection, after: Cursor, size: int
) -> Iterator[Page]:
    name, row_no = after
    while True:
        with database.read() as connection:
            found = read_page(connection, run_id, after=row_no, platforms=selection.platforms, size=size)
        if not found:
            return
        row_no = found[-1].row["row_no"]
        lines = _unanswered if name == "rest" else _of_row
        choices = [choice for delivery in found for choice in lines(delivery, all_rows=selection.all_rows)]
        yield Page(choices, (name, row_no))


def _by_settling(
    database: Database, run_id: str, selection: Selection, after: Cursor, size: int
) -> Iterator[Page]:
    while after[0] == "settled":
        with database.read() as connection:
            settled = _settled(connection, run_id, selection, after, size)
            found = read_jobs(connection, run_id, [row["job_id"] for row in settled])
        if not settled:
            break
        after = ("settled", settled[-1]["settled_at"], settled[-1]["id"])
        yield Page(_of_attempts([row["id"] for row in settled], found), after)
    if selection.all_rows:
        yield from _by_input(database, run_id, selection, after if after[0] == "rest" else ("rest", -1), size)


def _settled(
    connection: sa.Connection, run_id: str, selection: Selection, after: Cursor, size: int
) -> Sequence[sa.RowMapping]:
    place = sa.tuple_(attempts.c.settled_at, attempts.c.id)
    statement = (
        sa.select(attempts.c.id, attempts.c.job_id, attempts.c.settled_at)
        .where(attempts.c.run_id == run_id, attempts.c.settled_at.is_not(None), place > tuple(after[1:]))
        .order_by(attempts.c.settled_at, attempts.c.id)
        .limit(size)
    )
    if selection.platforms:
        statement = statement.where(attempts.c.platform.in_(selection.platforms))
    return connection.execute(statement).mappings().all()


def _of_attempts(attempt_ids: Sequence[str], found: Sequence[Delivery]) -> list[Choice]:
    by_attempt: dict[str, list[Choice]] = defaultdict(list)
    for delivery in found:
        for choice in _of_row(delivery, all_rows=False):
            assert choice.tried is not None
            by_attempt[choice.tried.attempt["id"]].append(choice)
    return [choice for attempt_id in attempt_ids for choice in by_attempt[attempt_id]]


def _of_row(delivery: Delivery, *, all_rows: bool) -> Iterator[Choice]:
    if delivery.answered is not None:
        yield Choice(delivery, delivery.answered)
    elif all_rows:
        yield from _unanswered(delivery, all_rows=True)
    if delivery.is_first:
        for twin in delivery.attempts:
            if twin.attempt["waste"] and twin.is_stored:
                yield Choice(delivery, twin, is_twin=True)


def _unanswered(delivery: Delivery, *, all_rows: bool) -> Iterator[Choice]:
    if all_rows and delivery.answered is None:
        yield Choice(delivery, delivery.attempts[-1] if delivery.attempts else None)
