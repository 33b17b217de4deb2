"""Deletes what a run asked and was answered; its jobs' states, attempts and money stay."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlalchemy as sa

from promptrelay.answers.layout import live_key, run_manifests, run_segments, unread_folder
from promptrelay.answers.store import AnswerStore
from promptrelay.database.database import Database
from promptrelay.database.runs import purging
from promptrelay.database.schedules import versions

_AT_ONCE = 1_000


def purge_run(database: Database, answers: AnswerStore, run: sa.RowMapping) -> int | None:
    """Delete the run's prompts and answers, and say how many objects went; None: it may not be purged.

    Cut off at any moment, the same call completes it. Raises StoreUnavailable.
    """
    with database.write() as connection:
        if not purging.begin(connection, run["id"]):
            return None
    deleted = 0
    # Objects before rows: while a row is there, the run is not purged and the next call tries again.
    for key in _keys(database, answers, run):
        answers.delete(key)
        deleted += 1
    for forget in (
        purging.forget_places,
        purging.forget_rows,
        purging.forget_deliveries,
        purging.forget_segments,
        versions.forget_of_run,
    ):
        _until_none(database, run["id"], forget)
    with database.write() as connection:
        purging.finish(connection, run["id"])
    return deleted


def _keys(database: Database, answers: AnswerStore, run: sa.RowMapping) -> Iterator[str]:
    for folder in (run_segments, run_manifests):
        for item in list(answers.list(folder(run["account"], run["id"]))):
            yield item.key
    last = ""
    while True:
        with database.read() as connection:
            found = purging.live_attempts(connection, run["id"], last, _AT_ONCE)
        # Merged into a segment or not, a Live answer's first copy still lies alone (P19).
        for attempt_id in found:
            key = live_key(run["account"], attempt_id)
            if answers.exists(key):
                yield key
        if not found:
            break
        last = found[-1]
    yield from _unread_keys(database, answers, run)


def _unread_keys(database: Database, answers: AnswerStore, run: sa.RowMapping) -> Iterator[str]:
    """What waits for a person may hold prompts and answers too."""
    waiting = [item.key for item in answers.list(unread_folder(run["account"]))]
    for start in range(0, len(waiting), _AT_ONCE):
        keys = waiting[start : start + _AT_ONCE]
        with database.read() as connection:
            own = purging.attempts_of(connection, run["id"], {_attempt_in(key) for key in keys})
        yield from (key for key in keys if _attempt_in(key) in own)


def _attempt_in(key: str) -> str:
    return key.rpartition("/")[2].partition(".")[0]


def _until_none(database: Database, run_id: str, forget: Callable[[sa.Connection, str, int], int]) -> None:
    while True:
        with database.write() as connection:
            if forget(connection, run_id, _AT_ONCE) == 0:
                return
