"""Stored entries without a result come back as answers, and what nobody could read goes with its run."""

from __future__ import annotations

import json
from typing import Any

import pytest

from promptrelay.answers.layout import unread_key
from promptrelay.answers.segment import Line, encode_segment
from promptrelay.care.purge import purge_run
from promptrelay.care.refetch import Refetch
from promptrelay.database.attempts.ledger import balances
from promptrelay.database.attempts.recording import record
from promptrelay.database.runs import runs
from promptrelay.dataforseo.wire.reply import Reply, read_reply
from promptrelay.domain.evidence import Answered, Placement
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.postings import Terms
from tests.integration.care.shelf import DEPLOYMENT, SPENT, Shelf


class HollowShelf(Shelf):
    """Its answers were settled from entries that hold none, as if they had cost nothing."""

    def __init__(self, rooms: Any, code: int) -> None:
        self.code = code
        super().__init__(rooms)

    def _store(self, attempt: str, job: str, provider_id: str, method: str) -> None:
        entry = json.dumps({"id": provider_id, "status_code": self.code, "result": None}).encode()
        segment = encode_segment([Line(attempt, job, self.run_id, "claude", method, provider_id, 1.0, entry)])
        key = f"segments/{segment.sha256}"
        self.rooms.answers.put_new(key, segment.body)
        place = segment.placements[attempt]
        answered = Answered(
            attempt_id=attempt,
            provider_id=provider_id,
            spent=ZERO,
            status_code=self.code,
            placement=Placement(key, place.line_no, place.line_sha256),
            received_at=2.0,
        )
        with self.rooms.database.write() as connection:
            record(connection, [answered], terms=Terms(), max_tries=1)

    def empty(self, _platform: object, provider_id: str) -> Reply:
        self.asked.append(provider_id)
        task = {"id": provider_id, "status_code": 20000, "result": []}
        return read_reply(json.dumps({"status_code": 20000, "tasks_count": 1, "tasks": [task]}).encode())


def refetch(shelf: Shelf, get_task: Any = None) -> Refetch:
    return Refetch(
        database=shelf.rooms.database,
        answers=shelf.rooms.answers,
        get_task=get_task or shelf.get_task,
        deployment=DEPLOYMENT,
        terms=Terms(),
        max_tries=2,
    )


def charged(shelf: Shelf) -> Usd:
    with shelf.rooms.database.read() as connection:
        return balances(connection)["llm"]


def test_a_stored_entry_without_a_result_is_fetched_again_and_its_charge_is_booked(rooms: Any) -> None:
    shelf = HollowShelf(rooms, 20000)
    hollow = shelf.answer(1)
    assert charged(shelf) == ZERO
    done = refetch(shelf).run(shelf.run_id)
    assert (done.fine, done.fetched, list(done.noted)) == (0, [hollow], [hollow])
    assert charged(shelf) == Usd.of(SPENT)
    assert refetch(shelf).run(shelf.run_id).fine == 1


def test_a_copy_that_holds_no_result_either_is_named(rooms: Any) -> None:
    shelf = HollowShelf(rooms, 20000)
    hollow = shelf.answer(1)
    done = refetch(shelf, shelf.empty).run(shelf.run_id)
    assert "no result" in done.failed[hollow]
    assert charged(shelf) == ZERO


def test_a_stored_answer_that_is_empty_by_its_code_is_fine(rooms: Any) -> None:
    shelf = HollowShelf(rooms, 40102)
    shelf.answer(1)
    assert refetch(shelf).run(shelf.run_id).fine == 1
    assert shelf.asked == []


@pytest.mark.parametrize("what", ["reply", "evidence-accepted"])
def test_what_nobody_could_read_is_purged_with_its_run_and_with_no_other(rooms: Any, what: str) -> None:
    shelf, other = Shelf(rooms), Shelf(rooms)
    keys = []
    for one in (shelf, other):
        attempt = one.tags[one.answer(1)].rpartition(".")[2]
        keys.append(unread_key("default", attempt, what))
        rooms.answers.put_new(keys[-1], b"secret answer")
    with rooms.database.read() as connection:
        run = runs.find(connection, shelf.run_id)
    assert run is not None
    purge_run(rooms.database, rooms.answers, run)
    assert [rooms.answers.exists(key) for key in keys] == [False, True]
