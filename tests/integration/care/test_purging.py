"""A purged run has no word of its prompts and answers left, and every cent."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.books.receipt import receipt
from promptrelay.care.purge import purge_run
from promptrelay.database import schema
from promptrelay.database.runs import purging, runs
from tests.integration.care.shelf import Shelf
from workers.upkeep.compact import tidy_up


@pytest.fixture
def shelf(rooms: Any) -> Shelf:
    return Shelf(rooms)


def _run(shelf: Shelf) -> Any:
    with shelf.rooms.database.read() as connection:
        return runs.find(connection, shelf.run_id)


def _purge(shelf: Shelf, answers: Any = None) -> int | None:
    return purge_run(shelf.rooms.database, answers or shelf.rooms.answers, _run(shelf))


def _everything_written(shelf: Shelf) -> str:
    with shelf.rooms.database.read() as connection:
        tables = schema.metadata.sorted_tables
        return repr([connection.execute(sa.select(table)).all() for table in tables])


def test_a_purged_run_keeps_its_books_and_loses_every_word(shelf: Shelf) -> None:
    for number in range(3):
        shelf.answer(number)
    shelf.answer(9, method="live")
    tidy_up(shelf.rooms.database, shelf.rooms.answers, "default")
    before = receipt(shelf.rooms.database, shelf.run_id)
    assert "secret" in _everything_written(shelf)
    assert (
        _purge(shelf) == len(shelf.objects()) + 6
    )  # Three segments, their merger, the Live answer, the manifest.
    assert shelf.objects() == []
    assert "secret" not in _everything_written(shelf)
    after = receipt(shelf.rooms.database, shelf.run_id)
    assert after.pop("purged_at") is not None
    assert before.pop("purged_at") is None
    assert after == before
    for table, left in ((schema.rows, 0), (schema.deliveries, 0), (schema.segments, 0), (schema.jobs, 4)):
        assert shelf.count(table) == left


def test_other_runs_keep_their_answers(shelf: Shelf, rooms: Any) -> None:
    other = Shelf(rooms)
    kept = other.answer(1)
    shelf.answer(1)
    _purge(shelf)
    assert other.objects() == [other.place(kept)["segment"]]
    assert other.count(schema.rows) == 1


@pytest.mark.parametrize("state", ["running", "paused", "loading", "stopped_budget"])
def test_a_run_that_is_not_over_is_not_purged(rooms: Any, state: str) -> None:
    shelf = Shelf(rooms, state=state)
    shelf.answer(1)
    assert _purge(shelf) is None
    assert shelf.count(schema.rows) == 1
    assert shelf.objects() != []


def test_a_run_that_may_still_be_answered_is_not_purged(shelf: Shelf) -> None:
    shelf.answer(1, stored=False)
    assert _purge(shelf) is None
    with shelf.rooms.database.read() as connection:
        assert purging.watched(connection, shelf.run_id) == 1


class _Failing:
    """The real store, which stops working after some deletions."""

    def __init__(self, store: Any, deletions: int) -> None:
        self._store, self._left = store, deletions

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def delete(self, key: str) -> None:
        if self._left == 0:
            raise StoreUnavailable("the store is down")
        self._left -= 1
        self._store.delete(key)


@pytest.mark.parametrize("deletions", range(4))
def test_a_purge_that_was_cut_off_is_completed_when_repeated(shelf: Shelf, deletions: int) -> None:
    for number in range(4):
        shelf.answer(number)
    with pytest.raises(StoreUnavailable):
        _purge(shelf, _Failing(shelf.rooms.answers, deletions))
    assert _run(shelf)["purge_at"] is not None
    assert _run(shelf)["purged_at"] is None
    assert shelf.count(schema.rows) == 4
    tidy_up(shelf.rooms.database, shelf.rooms.answers, "default")
    assert len(shelf.objects()) == 4 - deletions
    assert _purge(shelf) == 4 - deletions
    assert shelf.objects() == []
    assert _run(shelf)["purged_at"] is not None
    assert shelf.count(schema.rows) == 0


def test_old_runs_are_found_by_when_they_ended(shelf: Shelf, rooms: Any) -> None:
    waiting = Shelf(rooms)
    waiting.answer(1, stored=False)
    running = Shelf(rooms, state="running")
    with rooms.database.read() as connection:
        found = {row["id"]: row["watched"] for row in purging.old(connection, older_than_s=60.0)}
        assert purging.old(connection, older_than_s=rooms.clock.now()) == []
    assert found == {shelf.run_id: False, waiting.run_id: True}
    assert running.run_id not in found
