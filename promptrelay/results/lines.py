"""A run's results as a stream of lines: rows joined with the answers at rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.answers.errors import AnswerDamaged, AnswerMissing
from promptrelay.answers.reader import AnswerReader
from promptrelay.database.database import Database
from promptrelay.database.schema import runs
from promptrelay.results.order import Choice, Cursor, Selection, pages
from promptrelay.results.record import Record, make_record


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
class ResultPage:
    """Some lines, and the place to go on after."""

    lines: list[ResultLine]
    cursor: Cursor


@dataclass(frozen=True, slots=True)
class _Found:
    entry: bytes | None = None
    problem: str | None = None


def result_pages(
    database: Database,
    reader: AnswerReader,
    run_id: str,
    selection: Selection,
    *,
    after: Cursor | None = None,
) -> Iterator[ResultPage]:
    """A line for each input row, target and repeat that has an answer, in constant memory.

    With all rows wanted, those without have `state`, `reason` and what the provider last said. Late twins
    have `waste: true`. An answer that the store has lost leaves a line with `problem`. Raises
    StoreUnavailable.
    """
    campaign = _campaign(database, run_id)
    for page in pages(database, run_id, selection, after=after):
        found = _fetch(reader, page.choices)
        yield ResultPage([_line(choice, found, campaign) for choice in page.choices], page.cursor)


def _campaign(database: Database, run_id: str) -> str:
    with database.read() as connection:
        statement = sa.select(runs.c.campaign).where(runs.c.id == run_id)
        return connection.execute(statement).scalar_one_or_none() or ""


def _line(choice: Choice, found: dict[str, _Found], campaign: str) -> ResultLine:
    delivery, tried = choice.delivery, choice.tried
    if tried is None or not choice.is_answered:
        record = make_record(delivery, tried, None, campaign=campaign)
        return ResultLine({**record, **_why(choice)})
    answer = found.get(tried.attempt["id"], _Found(problem="not in the store"))
    record = make_record(delivery, tried, answer.entry, campaign=campaign)
    if answer.problem:
        record["problem"] = answer.problem
    if choice.is_twin:
        record["waste"] = True
    return ResultLine(record, answer.entry)


def _why(choice: Choice) -> Record:
    """Why there is no answer: the job's state and reason, and the provider's word on its last attempt."""
    job, tried = choice.delivery.job, choice.tried
    attempt = tried.attempt if tried else {}
    said = {"provider_code": attempt.get("look_code"), "provider_message": attempt.get("look_message")}
    return {"state": job["state"], "reason": job["reason"], **said}


def _fetch(reader: AnswerReader, choices: Sequence[Choice]) -> dict[str, _Found]:
    """The page's answers by attempt, read in the order of segments so that each is fetched once."""
    stored = {
        choice.tried.attempt["id"]: choice.tried.task
        for choice in choices
        if choice.is_answered and choice.tried is not None and choice.tried.is_stored
    }
    places = sorted(
        (task["segment"], task["line_no"], task["line_sha256"], attempt_id)
        for attempt_id, task in stored.items()
        if task is not None
    )
    return {attempt_id: _read(reader, key, line_no, sha256) for key, line_no, sha256, attempt_id in places}


def _read(reader: AnswerReader, key: str, line_no: int, sha256: str) -> _Found:
    try:
        return _Found(reader.read(key, line_no, sha256))
    except AnswerMissing:
        return _Found(problem="missing in the store: fetch it again")
    except AnswerDamaged:
        return _Found(problem="damaged in the store: fetch it again")
