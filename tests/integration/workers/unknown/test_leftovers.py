"""What a dead worker left behind is handed over: inbox, spool and Live objects (P19, P31)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import OperationalError

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.answers.layout import inbox_folder, live_key
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import Line, Segment, encode_segment
from promptrelay.answers.spool import Spool
from promptrelay.answers.stores.local import LocalStore
from promptrelay.database import schema
from promptrelay.database.database import Database
from promptrelay.domain.evidence import Accepted, Lost, OutcomeUnknown, Refused
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState, JobState, Reason
from promptrelay.domain.tag import Tag
from tests.integration.database.books import (
    ACCOUNT,
    COST,
    RUN,
    TERMS,
    HeldClock,
    accepted,
    add_job,
    balances_of,
    check_books,
    open_books,
    record,
    send,
    whole,
)
from workers.inbox import Inbox
from workers.recording import keep
from workers.unknown.left_behind import take_over

A, J = AttemptState, JobState
DEPLOYMENT = "here"


class AbsentStore(LocalStore):
    """A store that is away."""

    def list(self, prefix: str) -> Any:
        raise StoreUnavailable("away")

    def put_new(self, key: str, body: bytes) -> bool:
        raise StoreUnavailable("away")


class Interrupted:
    """A database that is away for the next so many transactions, or loses the reply to their commit."""

    def __init__(self, real: Database, times: int, *, after_commit: bool = False) -> None:
        self._real, self._times, self._after_commit = real, times, after_commit

    read = property(lambda self: self._real.read)

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        away = self._times > 0
        self._times -= 1
        if away and not self._after_commit:
            raise OperationalError("COMMIT", {}, Exception("the server is gone"))
        with self._real.write() as connection:
            yield connection
        if away:
            raise OperationalError("COMMIT", {}, Exception("the reply is gone"))


@pytest.fixture
def rooms(database: Database, clock: HeldClock, tmp_path: Path) -> Any:
    open_books(database)
    return SimpleNamespace(
        account=ACCOUNT,
        deployment=DEPLOYMENT,
        database=database,
        answers=LocalStore(tmp_path / "answers"),
        spool=Spool(tmp_path / "spool"),
        clock=clock,
        terms=TERMS,
        pace=SimpleNamespace(max_attempts=2, standard_deadline_s=1e12),
    )


def state(rooms: Any, attempt: str) -> Any:
    with rooms.database.read() as connection:
        table = schema.attempts.c
        return connection.execute(sa.select(table.state).where(table.id == attempt)).scalar_one()


def live_answer(rooms: Any, *, unknown: bool = True) -> tuple[str, str, Segment]:
    """A Live attempt whose answer stands in an object that is not written yet."""
    job = add_job(rooms.database, 7)
    attempt = send(rooms.database, job, method=Method.LIVE)
    if unknown:
        record(rooms.database, OutcomeUnknown(attempt_id=attempt))
    tag = str(Tag(DEPLOYMENT, RUN, job, attempt))
    items = b'[{"type": "message", "sections": [{"type": "text", "text": "hello"}]}]'
    entry = (
        b'{"id": "p1", "status_code": 20000, "cost": 0.0306, "data": {"tag": "%s"}, '
        b'"result": [{"money_spent": 0.03, "items": %s}]}' % (tag.encode(), items)
    )
    line = Line(attempt, job, RUN, "chat_gpt", "live", "p1", 5.0, entry)
    return attempt, live_key(ACCOUNT, attempt), encode_segment([line])


def check_settled(rooms: Any, attempt: str) -> None:
    assert state(rooms, attempt) == A.SETTLED
    assert balances_of(rooms.database, attempt) == {
        "provider": -30_600_000,
        "held": 0,
        "fee": 600_000,
        "llm": 30_000_000,
        "waste": 0,
    }
    check_books(rooms.database)
    with rooms.database.read() as connection:
        task = connection.execute(sa.select(schema.provider_tasks)).mappings().one()
    stored = AnswerReader(rooms.answers).read(task["segment"], task["line_no"], task["line_sha256"])
    assert b"hello" in stored


def test_a_live_answer_whose_worker_died_is_settled_from_its_object(rooms: Any) -> None:
    attempt, key, segment = live_answer(rooms)
    assert take_over(rooms) == 0
    rooms.answers.put_new(key, segment.body)
    assert take_over(rooms) == 1
    check_settled(rooms, attempt)
    assert take_over(rooms) == 0


def test_an_object_that_comes_after_the_call_was_given_up_still_brings_the_answer(rooms: Any) -> None:
    attempt, key, segment = live_answer(rooms)
    record(rooms.database, Lost(attempt_id=attempt))
    rooms.answers.put_new(key, segment.body)
    assert take_over(rooms, lost_too=False) == 0
    assert take_over(rooms) == 1
    check_settled(rooms, attempt)


def test_a_spooled_answer_is_moved_to_the_store_and_settled(rooms: Any) -> None:
    attempt, key, segment = live_answer(rooms, unknown=False)
    rooms.spool.put(key, segment.body)
    assert take_over(rooms) == 1
    assert rooms.spool.is_empty()
    check_settled(rooms, attempt)


def test_while_the_store_is_away_nothing_is_said_to_be_missing(rooms: Any, tmp_path: Path) -> None:
    live_answer(rooms)
    rooms.answers = AbsentStore(tmp_path / "away")
    with pytest.raises(StoreUnavailable):
        take_over(rooms)


def test_what_sql_did_not_take_is_applied_from_the_inbox(rooms: Any) -> None:
    first, second = (send(rooms.database, add_job(rooms.database, number)) for number in range(2))
    told = [
        accepted(first),
        Refused(attempt_id=second, status_code=40501, cost=Usd(7), reason=Reason.REFUSED),
    ]
    Inbox(rooms.answers, ACCOUNT).put(told, [])
    assert take_over(rooms) == 1
    assert (state(rooms, first), state(rooms, second)) == (A.SENT, A.FAILED)
    assert -balances_of(rooms.database, first)["provider"] == COST.nanos
    assert list(rooms.answers.list(inbox_folder(ACCOUNT))) == []
    check_books(rooms.database)


def test_evidence_waits_in_the_inbox_while_sql_is_away_and_leaves_it_after_the_commit(rooms: Any) -> None:
    attempt = send(rooms.database, add_job(rooms.database))
    waiting: list[int] = []
    sleep = rooms.clock.sleep

    def look_while_waiting(seconds: float) -> None:
        waiting.append(len(list(rooms.answers.list(inbox_folder(ACCOUNT)))))
        sleep(seconds)

    rooms.clock.sleep = look_while_waiting
    rooms.database = Interrupted(rooms.database, times=4)
    keep(rooms, [accepted(attempt)])
    assert waiting == [0, 1, 1, 1]
    assert list(rooms.answers.list(inbox_folder(ACCOUNT))) == []
    assert state(rooms, attempt) == A.SENT


def test_a_worker_that_dies_while_sql_is_away_has_lost_nothing(rooms: Any) -> None:
    attempt = send(rooms.database, add_job(rooms.database))
    real = rooms.database

    class Killed(Exception):
        pass

    def die(seconds: float) -> None:
        if list(rooms.answers.list(inbox_folder(ACCOUNT))):
            raise Killed

    rooms.clock.sleep, rooms.database = die, Interrupted(real, times=99)
    with pytest.raises(Killed):
        keep(rooms, [accepted(attempt)])
    rooms.database = real
    assert take_over(rooms) == 1
    assert state(rooms, attempt) == A.SENT
    assert -balances_of(real, attempt)["provider"] == COST.nanos


def test_a_lost_reply_to_the_commit_books_nothing_twice(rooms: Any) -> None:
    attempt = send(rooms.database, add_job(rooms.database))
    real = rooms.database
    rooms.database = Interrupted(real, times=2, after_commit=True)
    keep(rooms, [accepted(attempt)])
    before = whole(real)
    assert -balances_of(real, attempt)["provider"] == COST.nanos
    keep(SimpleNamespace(**{**vars(rooms), "database": real}), [accepted(attempt)])
    assert whole(real) == before


def test_what_lies_in_the_inbox_and_is_not_ours_is_left_and_reported(
    rooms: Any, caplog: pytest.LogCaptureFixture
) -> None:
    attempt = send(rooms.database, add_job(rooms.database))
    for name, body in (("x", b"{"), ("y", b'{"evidence": [["Odd", {}]], "segments": []}')):
        rooms.answers.put_new(f"{inbox_folder(ACCOUNT)}{name}.json", body)
    Inbox(rooms.answers, ACCOUNT).put([accepted(attempt)], [])
    assert take_over(rooms) == 1
    assert state(rooms, attempt) == A.SENT
    assert caplog.text.count("inbox.damaged") == 2


def test_decisions_of_our_own_are_not_kept(rooms: Any) -> None:
    assert Inbox(rooms.answers, ACCOUNT).put([Lost(attempt_id="a")], []) is None
    assert Inbox(rooms.answers, ACCOUNT).put([Accepted(attempt_id="a", provider_id="p")], []) is not None
