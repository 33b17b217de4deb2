"""Lost answers come back for nothing, into a new segment, and only where a row still points at the loss."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.answers.reader import AnswerReader
from promptrelay.care.refetch import GetTask, Refetch
from promptrelay.database import schema
from promptrelay.database.attempts.ledger import balances
from promptrelay.dataforseo.errors import AccountRefused, Unreadable
from promptrelay.domain.postings import Terms
from tests.integration.care.shelf import DEPLOYMENT, Shelf
from workers.upkeep.compact import tidy_up


@pytest.fixture
def shelf(rooms: Any) -> Shelf:
    return Shelf(rooms)


def _refetch(shelf: Shelf, get_task: GetTask | None = None) -> Refetch:
    return Refetch(
        database=shelf.rooms.database,
        answers=shelf.rooms.answers,
        get_task=get_task or shelf.get_task,
        deployment=DEPLOYMENT,
        terms=Terms(),
        max_tries=2,
    )


def _file(shelf: Shelf, provider_id: str) -> Any:
    return shelf.rooms.root / "answers" / shelf.place(provider_id)["segment"]


def _read(shelf: Shelf, provider_id: str) -> bytes:
    place = shelf.place(provider_id)
    return AnswerReader(shelf.rooms.answers).read(place["segment"], place["line_no"], place["line_sha256"])


def _ledger(shelf: Shelf) -> Any:
    with shelf.rooms.database.read() as connection:
        return balances(connection)


def test_what_is_fine_is_proven_without_asking_the_provider(shelf: Shelf) -> None:
    for number in range(5):
        shelf.answer(number)
    done = _refetch(shelf).run(shelf.run_id)
    assert (done.fine, done.fetched, done.failed) == (5, [], {})
    assert shelf.asked == []


def test_missing_and_damaged_answers_are_fetched_into_a_new_segment(shelf: Shelf) -> None:
    fine, missing, flipped, cut = (shelf.answer(number) for number in range(4))
    _file(shelf, missing).unlink()
    whole = _file(shelf, flipped).read_bytes()
    _file(shelf, flipped).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    _file(shelf, cut).write_bytes(b"")
    before, damaged = _ledger(shelf), _file(shelf, flipped)
    done = _refetch(shelf).run(shelf.run_id)
    assert (done.fine, done.failed, done.noted) == (1, {}, {})
    assert sorted(done.fetched) == sorted(shelf.asked) == sorted([missing, flipped, cut])
    assert _file(shelf, flipped) != damaged
    for provider_id in (missing, flipped, cut):
        assert b"money_spent" in _read(shelf, provider_id)
    assert b"secret answer" in _read(shelf, fine)
    assert _ledger(shelf) == before
    again = _refetch(shelf).run(shelf.run_id)
    assert (again.fine, again.fetched) == (4, [])


def test_the_manifest_is_written_again_over_the_new_segment(shelf: Shelf) -> None:
    lost = shelf.answer(1)
    tidy_up(shelf.rooms.database, shelf.rooms.answers, "default")
    _file(shelf, lost).unlink()
    assert _refetch(shelf).run(shelf.run_id).fetched == [lost]
    tidy_up(shelf.rooms.database, shelf.rooms.answers, "default")
    with shelf.rooms.database.read() as connection:
        key = connection.execute(sa.select(schema.runs.c.manifest)).scalar_one()
    assert shelf.place(lost)["segment"].encode() in shelf.rooms.answers.get(key)


def test_a_lost_answer_keeps_no_other_run_from_its_manifest_and_is_merged_once_it_is_back(
    shelf: Shelf, rooms: Any
) -> None:
    lost, beside = shelf.answer(1), shelf.answer(2)
    _file(shelf, lost).unlink()
    other = Shelf(rooms)
    kept = [other.answer(1), other.answer(2)]
    tidy_up(rooms.database, rooms.answers, "default")
    assert len({other.place(provider_id)["segment"] for provider_id in kept}) == 1
    assert shelf.place(lost)["segment"] != shelf.place(beside)["segment"]
    assert _refetch(shelf).run(shelf.run_id).fetched == [lost]
    tidy_up(rooms.database, rooms.answers, "default")
    assert shelf.place(lost)["segment"] == shelf.place(beside)["segment"]
    with rooms.database.read() as connection:
        assert None not in set(connection.execute(sa.select(schema.runs.c.manifest)).scalars())


def test_a_live_answer_cannot_come_back_and_is_named(shelf: Shelf) -> None:
    lost = shelf.answer(1, method="live")
    _file(shelf, lost).unlink()
    done = _refetch(shelf).run(shelf.run_id)
    assert "Live" in done.failed[lost]
    assert shelf.asked == []


@pytest.mark.parametrize(
    ("code", "word"), [(40403, "30 days"), (40401, "does not know"), (40602, "40602"), (40101, "40101")]
)
def test_what_the_provider_no_longer_has_is_named(shelf: Shelf, code: int, word: str) -> None:
    lost = shelf.answer(1)
    place = shelf.place(lost)["segment"]
    _file(shelf, lost).unlink()
    done = _refetch(shelf, lambda _, provider_id: shelf.copy(provider_id, code=code)).run(shelf.run_id)
    assert word in done.failed[lost]
    assert shelf.place(lost)["segment"] == place


def test_an_answer_under_another_tag_is_held_back(shelf: Shelf) -> None:
    lost, other = shelf.answer(1), shelf.answer(2)
    _file(shelf, lost).unlink()
    foreign = shelf.tags[other]
    done = _refetch(shelf, lambda _, provider_id: shelf.copy(provider_id, tag=foreign)).run(shelf.run_id)
    assert "tag" in done.failed[lost]


def test_a_row_that_moved_meanwhile_is_not_pointed_elsewhere(shelf: Shelf) -> None:
    lost = shelf.answer(1)
    _file(shelf, lost).unlink()

    def moved(platform: object, provider_id: str) -> Any:
        with shelf.rooms.database.write() as connection:
            connection.execute(sa.update(schema.provider_tasks).values(segment="segments/elsewhere"))
        return shelf.get_task(platform, provider_id)

    done = _refetch(shelf, moved).run(shelf.run_id)
    assert "moved" in done.failed[lost]
    assert shelf.place(lost)["segment"] == "segments/elsewhere"


def test_a_free_call_without_an_answer_is_named_and_a_refused_account_ends_it(shelf: Shelf) -> None:
    lost = shelf.answer(1)
    _file(shelf, lost).unlink()

    def unreadable(*_: object) -> Any:
        raise Unreadable(reason="HTTP 502")

    def refused(*_: object) -> Any:
        raise AccountRefused(code=40200)

    assert "502" in _refetch(shelf, unreadable).run(shelf.run_id).failed[lost]
    with pytest.raises(AccountRefused):
        _refetch(shelf, refused).run(shelf.run_id)


def test_a_task_without_a_stored_answer_is_fetched_by_its_id_and_booked(shelf: Shelf) -> None:
    never, fine = shelf.answer(1, stored=False), shelf.answer(2)
    done = _refetch(shelf).tasks([never, fine, "stranger"])
    assert (done.fine, done.settled, list(done.failed)) == (1, [never], ["stranger"])
    assert b"money_spent" in _read(shelf, never)
    assert str(_ledger(shelf)["llm"]) == "0.0246"
    assert str(_ledger(shelf)["held"]) == "0"


def test_two_tasks_of_one_attempt_come_back_each_to_its_own_row(shelf: Shelf) -> None:
    first = shelf.answer(1)
    twin = f"{first}-twin"
    with shelf.rooms.database.write() as connection:
        row = dict(shelf.place(first)) | {"provider_id": twin, "segment": "segments/gone", "second": True}
        connection.execute(sa.insert(schema.provider_tasks).values(**row))
    shelf.tags[twin] = shelf.tags[first]
    _file(shelf, first).unlink()
    done = _refetch(shelf).run(shelf.run_id)
    assert sorted(done.fetched) == [first, twin]
    assert first.encode() in _read(shelf, first)
    assert twin.encode() in _read(shelf, twin)
