"""Whatever the order and however often, the same evidence leaves the same books (P7, P21)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import permutations
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs, provider_tasks, runs
from promptrelay.domain.evidence import NotSent, OutcomeUnknown, Overdue, Refused
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState, JobState, RunState
from tests.integration.database.books import (
    RUN,
    accepted,
    add_job,
    answered,
    balances_of,
    check_books,
    failed,
    open_books,
    record,
    send,
    whole,
    write_off,
)

Step = Callable[[Database, str], object]


def told(make: Callable[..., Any], task: str = "p1", **facts: Any) -> Step:
    """A step that records this evidence about a provider task of the attempt."""
    return lambda database, attempt: record(database, make(attempt, f"{task}-{attempt}", **facts))


def lost_reply(database: Database, attempt: str) -> object:
    return record(database, OutcomeUnknown(attempt_id=attempt))


def overdue(database: Database, attempt: str) -> object:
    return record(database, Overdue(attempt_id=attempt))


CASES: dict[str, tuple[tuple[Step, ...], dict[str, int]]] = {
    "reply and answer": (
        (told(accepted), told(answered)),
        {"provider": -7_300_000, "held": 0, "fee": 200_000, "llm": 7_100_000, "waste": 0},
    ),
    "written off, reply late, answer": (
        (lost_reply, write_off, told(accepted), told(answered)),
        {"provider": -7_300_000, "held": 0, "fee": 200_000, "llm": 7_100_000, "waste": 0},
    ),
    "expired, answer late": (
        (told(accepted), told(failed, expired=True), told(answered)),
        {"provider": -7_300_000, "held": 0, "fee": 200_000, "llm": 7_100_000, "waste": 0},
    ),
    "overdue, then failed": (
        (told(accepted), overdue, told(failed), told(failed, expired=True)),
        {"provider": -200_000, "held": 0, "fee": 200_000, "llm": 0, "waste": 0},
    ),
    "a second provider task under one tag": (
        (told(accepted), told(answered), told(accepted, "p2"), told(answered, "p2", spent="0.02")),
        {"provider": -27_500_000, "held": 0, "fee": 200_000, "llm": 7_100_000, "waste": 20_200_000},
    ),
    "two tasks of which one fails": (
        (told(accepted), told(failed), told(accepted, "p2"), told(answered, "p2")),
        {"provider": -7_500_000, "held": 0, "fee": 200_000, "llm": 0, "waste": 7_300_000},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_every_order_of_evidence_ends_with_the_same_books(database: Database, name: str) -> None:
    steps, expected = CASES[name]
    open_books(database)
    ends = []
    for number, order in enumerate(permutations(steps)):
        attempt = send(database, add_job(database, number))
        for step in order:
            step(database, attempt)
            check_books(database)
        assert balances_of(database, attempt) == expected
        ends.append(_end(database, attempt))
    assert ends == [ends[0]] * len(ends)


def _end(database: Database, attempt: str) -> Any:
    """The attempt, its answer and its tasks, without their names."""
    t = provider_tasks.c
    tasks = sa.select(t.reported_nanos, t.spent_nanos, t.second, t.segment.is_not(None))
    with database.read() as connection:
        state = connection.execute(
            sa.select(attempts.c.waste, jobs.c.answered_by == attempts.c.id)
            .join(jobs, jobs.c.id == attempts.c.job_id)
            .where(attempts.c.id == attempt)
        ).one()
        return state, connection.execute(tasks.where(t.attempt_id == attempt).order_by(t.provider_id)).all()


@pytest.mark.parametrize("name", CASES)
def test_evidence_repeated_changes_nothing(database: Database, name: str) -> None:
    steps, _ = CASES[name]
    open_books(database)
    attempt = send(database, add_job(database))
    for step in steps:
        step(database, attempt)
    before = whole(database)
    for step in (*steps, *reversed(steps)):
        step(database, attempt)
        assert whole(database) == before


def test_one_batch_books_as_many_batches_of_one_do(database: Database) -> None:
    open_books(database)
    one, other = (send(database, add_job(database, number)) for number in range(2))
    record(database, accepted(one, "a"), accepted(other, "b"), answered(one, "a"))
    check_books(database)
    record(database, answered(other, "b"))
    check_books(database)
    assert balances_of(database, one) == balances_of(database, other)


def test_the_runs_counters_follow_an_attempt_from_reservation_to_charge(database: Database) -> None:
    """P22."""
    open_books(database)
    attempt = send(database, add_job(database))
    seen = [_counters(database)]
    for evidence in (OutcomeUnknown(attempt_id=attempt), accepted(attempt), answered(attempt)):
        record(database, evidence)
        seen.append(_counters(database))
    reserved = (0, 50_000_000, 10_200_000)
    assert seen == [reserved, reserved, reserved, (7_300_000, 0, 0)]


def test_an_overdue_advance_stays_in_the_runs_float(database: Database) -> None:
    """P20."""
    open_books(database)
    attempt = send(database, add_job(database))
    record(database, accepted(attempt), Overdue(attempt_id=attempt))
    assert _counters(database) == (10_200_000, 0, 10_000_000)


def _counters(database: Database) -> tuple[int, ...]:
    with database.read() as connection:
        row = connection.execute(sa.select(runs.c.spent_nanos, runs.c.reserved_nanos, runs.c.float_nanos))
        return tuple(row.one())


def test_a_late_twin_and_its_replacement_are_both_paid_and_one_is_waste(database: Database) -> None:
    """P10, P11, P22."""
    open_books(database)
    job = add_job(database)
    late = send(database, job)
    record(database, OutcomeUnknown(attempt_id=late))
    write_off(database, late)
    check_books(database)
    twin = send(database, job)
    for evidence in (accepted(twin, "b"), accepted(late, "a"), answered(late, "a"), answered(twin, "b")):
        record(database, evidence)
        check_books(database)
    assert balances_of(database, late)["waste"] == 0
    assert balances_of(database, twin)["waste"] == 7_300_000


def test_settling_revokes_the_replacement_that_is_still_sending(database: Database) -> None:
    """P11: its reservation is released in the same transaction."""
    open_books(database)
    job = add_job(database)
    late = send(database, job)
    record(database, OutcomeUnknown(attempt_id=late))
    write_off(database, late)
    send(database, job)
    record(database, answered(late))
    check_books(database)
    assert _counters(database) == (7_300_000, 0, 0)


def test_what_was_not_sent_or_refused_for_nothing_books_nothing(database: Database) -> None:
    open_books(database)
    one, other = (send(database, add_job(database, number)) for number in range(2))
    record(database, NotSent(attempt_id=one, retry_in_s=0.0), Refused(attempt_id=other, status_code=40501))
    check_books(database)
    assert _counters(database) == (0, 0, 0)


def test_a_refusal_at_a_cost_is_booked_as_waste(database: Database) -> None:
    """P8."""
    open_books(database)
    attempt = send(database, add_job(database))
    refused = Refused(attempt_id=attempt, status_code=40501, cost=Usd.of("0.0002"))
    record(database, refused)
    record(database, refused)
    check_books(database)
    assert balances_of(database, attempt)["waste"] == 200_000


def test_a_live_answer_books_the_reported_cost(database: Database) -> None:
    open_books(database)
    attempt = send(database, add_job(database), method=Method.LIVE)
    live = answered(attempt)
    record(database, type(live)(**{n: getattr(live, n) for n in _fields(live)} | {"cost": Usd.of("0.0081")}))
    check_books(database)
    assert balances_of(database, attempt) == {
        "provider": -8_100_000, "held": 0, "fee": 1_000_000, "llm": 7_100_000, "waste": 0
    }  # fmt: skip


def _fields(thing: Any) -> tuple[str, ...]:
    return tuple(thing.__dataclass_fields__)


def test_strangers_are_named_and_the_others_are_recorded(database: Database) -> None:
    open_books(database)
    attempt, stranger = send(database, add_job(database)), new_id()
    found = record(database, answered(stranger, "x"), answered(attempt))
    assert found.strangers == (stranger,)
    place = _place(database, attempt)
    assert place is not None
    assert record(database, _elsewhere(answered(attempt))).strangers == ()
    assert _place(database, attempt) == place, "an earlier copy stays the one that counts"


def _place(database: Database, attempt: str) -> str | None:
    with database.read() as connection:
        statement = sa.select(provider_tasks.c.segment).where(provider_tasks.c.attempt_id == attempt)
        return connection.execute(statement).scalar_one()


def _elsewhere(answer: Any) -> Any:
    return replace(answer, placement=replace(answer.placement, segment="another.jsonl.zst"))


def test_a_job_of_a_cancelled_run_is_cancelled_when_its_attempt_closes(database: Database) -> None:
    """P28."""
    open_books(database, run_state=RunState.CANCELLED)
    attempt = send(database, add_job(database))
    record(database, failed(attempt))
    with database.read() as connection:
        assert connection.execute(sa.select(jobs.c.state)).scalar_one() == JobState.CANCELLED


def test_a_job_has_one_open_attempt_at_most(database: Database) -> None:
    """P5."""
    open_books(database)
    job = add_job(database)
    first = send(database, job)
    with pytest.raises(sa.exc.IntegrityError):
        send(database, job)
    record(database, failed(first))
    second = send(database, job)
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(
            sa.update(attempts).where(attempts.c.id == first).values(state=AttemptState.UNKNOWN)
        )
    with database.read() as connection:
        assert connection.execute(
            sa.select(attempts.c.state).where(attempts.c.id == second)
        ).scalar_one() == (AttemptState.SENDING)


def test_a_transaction_that_fails_leaves_nothing(database: Database) -> None:
    open_books(database)
    send(database, add_job(database))
    before = whole(database)
    with pytest.raises(ZeroDivisionError):
        _write_and_break(database)
    assert whole(database) == before


def _write_and_break(database: Database) -> float:
    with database.write() as connection:
        connection.execute(sa.update(runs).where(runs.c.id == RUN).values(spent_nanos=5))
        return 1 / 0
