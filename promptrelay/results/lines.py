"""A run's results as a stream of lines: rows joined with the answers at rest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.answers.errors import AnswerDamaged, AnswerMissing
from promptrelay.answers.reader import AnswerReader
from promptrelay.database.database import Database
from promptrelay.database.schema import runs
from promptrelay.results.record import Record, make_record
from promptrelay.results.rows import Attempted, Delivery, pages


@dataclass(frozen=True, slots=True)
class ResultLine:
    """One line; `entry` is the provider's task object as it was written, where it was read."""

    record: Record
    entry: bytes | None = None

    @property
    def is_incomplete(self) -> bool:
        """Whether its answer was paid for and cannot be read from the store: it can be fetched again."""
        return "problem" in self.record


@dataclass(frozen=True, slots=True)
class _Found:
    entry: bytes | None = None
    problem: str | None = None


def result_lines(
    database: Database, reader: AnswerReader, run_id: str, *, all_rows: bool = False
) -> Iterator[ResultLine]:
    """A line for each input row, target and repeat that has an answer, in input order, in constant memory.

    `all_rows` adds those without, with `state` and `reason`. Late twins follow their line with `waste: true`.
    An answer that the store has lost leaves a line with `problem`. Raises StoreUnavailable.
    """
    campaign = _campaign(database, run_id)
    for page in pages(database, run_id):
        found = _fetch(reader, page)
        for delivery in page:
            yield from _lines(delivery, found, campaign, all_rows=all_rows)


def _campaign(database: Database, run_id: str) -> str:
    with database.read() as connection:
        statement = sa.select(runs.c.campaign).where(runs.c.id == run_id)
        return connection.execute(statement).scalar_one_or_none() or ""


def _lines(
    delivery: Delivery, found: dict[str, _Found], campaign: str, *, all_rows: bool
) -> Iterator[ResultLine]:
    answered = delivery.answered
    if answered is not None:
        yield _line(delivery, answered, found, campaign)
    elif all_rows:
        last = delivery.attempts[-1] if delivery.attempts else None
        record = make_record(delivery, last, None, campaign=campaign)
        yield ResultLine({**record, "state": delivery.job["state"], "reason": delivery.job["reason"]})
    if delivery.is_first:
        for twin in delivery.attempts:
            if twin.attempt["waste"] and twin.is_stored:
                line = _line(delivery, twin, found, campaign)
                yield ResultLine({**line.record, "waste": True}, line.entry)


def _line(delivery: Delivery, tried: Attempted, found: dict[str, _Found], campaign: str) -> ResultLine:
    answer = found.get(tried.attempt["id"], _Found(problem="not in the store"))
    record = make_record(delivery, tried, answer.entry, campaign=campaign)
    if answer.problem:
        record["problem"] = answer.problem
    return ResultLine(record, answer.entry)


def _fetch(reader: AnswerReader, page: list[Delivery]) -> dict[str, _Found]:
    """The page's answers by attempt, read in the order of segments so that each is fetched once."""
    stored = {
        tried.attempt["id"]: tried.task
        for delivery in page
        for tried in delivery.attempts
        if tried.task is not None and tried.is_stored
    }
    places = sorted(
        (task["segment"], task["line_no"], task["line_sha256"], attempt_id)
        for attempt_id, task in stored.items()
    )
    return {attempt_id: _read(reader, key, line_no, sha256) for key, line_no, sha256, attempt_id in places}


def _read(reader: AnswerReader, key: str, line_no: int, sha256: str) -> _Found:
    try:
        return _Found(reader.read(key, line_no, sha256))
    except AnswerMissing:
        return _Found(problem="missing in the store: fetch it again")
    except AnswerDamaged:
        return _Found(problem="damaged in the store: fetch it again")
