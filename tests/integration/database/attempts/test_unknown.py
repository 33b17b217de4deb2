"""Which attempts are searched for, from when absence may be concluded, and how looks count (P13, P14)."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sqlalchemy as sa

from promptrelay.books.counters import counters
from promptrelay.database.attempts import looks, unknown
from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, runs
from promptrelay.domain.clock import BootTime
from promptrelay.domain.evidence import Absent, OutcomeUnknown
from promptrelay.domain.platform import Method
from promptrelay.domain.search_terms import SearchTerms
from promptrelay.domain.states import AttemptState
from tests.integration.database.books import (
    ACCOUNT,
    RUN,
    HeldClock,
    accepted,
    add_job,
    answered,
    check_books,
    failed,
    open_books,
    record,
    send,
)

TERMS = SearchTerms(
    send_window_s=30,
    call_deadline_s=60,
    live_deadline_s=140,
    provider_slack_s=60,
    id_list_lag_s=600,
    searches=3,
    search_every_s=60,
    max_s=86400,
)


def make_unknown(database: Database, number: int = 0, method: Method = Method.STANDARD) -> str:
    attempt = send(database, add_job(database, number), method=method)
    record(database, OutcomeUnknown(attempt_id=attempt))
    return attempt


def only(database: Database, moment: BootTime) -> unknown.Unknown:
    with database.read() as connection:
        (found,) = unknown.searched_for(connection, ACCOUNT, TERMS, moment)
    return found


@pytest.mark.parametrize(("method", "deadline_s"), [(Method.STANDARD, 60), (Method.LIVE, 140)])
def test_absence_means_nothing_before_its_bound_and_something_after(
    database: Database, method: Method, deadline_s: float
) -> None:
    open_books(database)
    make_unknown(database, method=method)
    bound_s = deadline_s + 60 + 600
    for since_s, expected in ((bound_s - 5, False), (bound_s + 5, True)):
        with database.write() as connection:
            connection.execute(sa.update(attempts).values(send_by=now() - since_s))
        assert only(database, BootTime("another boot", 5.0)).may_be_absent is expected


def test_a_wall_clock_that_was_put_forward_shortens_no_bound(database: Database, clock: HeldClock) -> None:
    open_books(database)
    make_unknown(database)
    clock.at = 1_000_000.0
    bound = 1.0 + 30 + 60 + 60 + 600
    assert not only(database, BootTime("one", bound)).may_be_absent
    assert only(database, BootTime("one", bound + 1)).may_be_absent
    assert only(database, BootTime("one", 1.0 + 30 + 60 + 60)).may_arrive
    assert not only(database, BootTime("one", 1.0 + 30 + 60 + 61)).may_arrive


def test_looks_closer_together_than_their_distance_count_once(database: Database) -> None:
    open_books(database)
    attempt = make_unknown(database)
    for every_s, expected in ((3600.0, {attempt: 1}), (3600.0, {}), (0.0, {attempt: 2})):
        with database.write() as connection:
            assert unknown.note_not_found(connection, [attempt], every_s=every_s) == expected


def test_what_was_found_meanwhile_gets_no_negative_look(database: Database) -> None:
    open_books(database)
    attempt = make_unknown(database)
    record(database, accepted(attempt))
    with database.write() as connection:
        assert unknown.note_not_found(connection, [attempt], every_s=0.0) == {}


def test_only_a_standard_task_that_is_still_listed_can_be_a_witness(database: Database) -> None:
    open_books(database)
    kinds = [(accepted,), (accepted, failed), (accepted, answered)]
    made = []
    for number, steps in enumerate(kinds):
        attempt = send(database, add_job(database, number))
        for step in steps:
            record(database, step(attempt, f"p{number}"))
        made.append(attempt)
    with database.write() as connection:
        for number, attempt in enumerate(made):
            connection.execute(
                sa.update(attempts).where(attempts.c.id == attempt).values(created_at=100.0 - number)
            )
    with database.read() as connection:
        assert unknown.accepted_after(connection, ACCOUNT, 0.0) == ("p2", 98.0)
        assert unknown.accepted_after(connection, ACCOUNT, 98.0) == ("p0", 100.0)
        assert unknown.accepted_after(connection, ACCOUNT, 100.0) is None


def test_a_live_call_that_was_taken_is_no_witness(database: Database) -> None:
    """The list names it by its own rules, so it proves nothing of a Standard task that is not there."""
    open_books(database)
    attempt = send(database, add_job(database, method=Method.LIVE), method=Method.LIVE)
    record(database, answered(attempt, "p1"))
    with database.read() as connection:
        state, provider_id = connection.execute(sa.select(attempts.c.state, attempts.c.provider_id)).one()
    assert (state, provider_id) == (AttemptState.SETTLED, "p1")
    with database.read() as connection:
        assert unknown.accepted_after(connection, ACCOUNT, 0.0) is None


def test_a_campaign_may_ask_a_lost_live_question_again(database: Database) -> None:
    open_books(database)
    make_unknown(database, method=Method.LIVE)
    moment = BootTime("one", 1.0)
    assert not only(database, moment).resend
    with database.write() as connection:
        connection.execute(sa.update(runs).values(options={"on_lost_live": "retry"}))
    assert only(database, moment).resend


def test_an_absent_attempt_keeps_its_platform_watched_while_it_is_young(database: Database) -> None:
    open_books(database)
    attempt = make_unknown(database)
    record(database, Absent(attempt_id=attempt, retry_in_s=0.0))
    check_books(database)
    with database.write() as connection:
        connection.execute(sa.update(attempts).values(created_at=1.0))
    with database.read() as connection:
        assert looks.outstanding(connection, ACCOUNT) == []
        assert looks.watched(connection, ACCOUNT, younger_than_s=1e12) == ["chat_gpt"]
        assert looks.watched(connection, ACCOUNT, younger_than_s=60.0) == []


def test_a_settled_attempt_is_swept_for_until_its_second_task_is_decided(database: Database) -> None:
    open_books(database)
    attempt = send(database, add_job(database))
    for evidence in (accepted(attempt), answered(attempt), accepted(attempt, "p2")):
        record(database, evidence)
    with database.read() as connection:
        assert looks.outstanding(connection, ACCOUNT) == ["chat_gpt"]
        assert looks.pending_task(connection, attempt) == "p2"
    record(database, answered(attempt, "p2"))
    with database.read() as connection:
        assert looks.outstanding(connection, ACCOUNT) == []
        assert looks.pending_task(connection, attempt) is None
    assert counters(database, RUN)["second_tasks"] == 1


def test_a_task_stays_the_first_attempts_that_named_it(database: Database) -> None:
    open_books(database)
    first, second = (send(database, add_job(database, number)) for number in range(2))
    record(database, accepted(first, "p1"))
    assert record(database, accepted(second, "p1")).contested == (second,)
    assert record(database, answered(second, "p1")).contested == (second,)
    check_books(database)
    with database.read() as connection:
        rows = connection.execute(sa.select(attempts.c.id, attempts.c.state)).all()
    assert {row.id: row.state for row in rows} == {first: AttemptState.SENT, second: AttemptState.SENDING}


def test_counters_name_what_became_of_calls_without_a_reply(database: Database) -> None:
    open_books(database)
    absent, late, _ = (make_unknown(database, number) for number in range(3))
    for attempt in (absent, late):
        record(database, Absent(attempt_id=attempt, retry_in_s=0.0))
    record(database, accepted(late, "p1"))
    found = counters(database, RUN)
    assert found == counters(database)
    assert {name: found[name] for name in ("unknown", "absent", "late", "late_twins")} == {
        "unknown": 1,
        "absent": 1,
        "late": 1,
        "late_twins": 1,
    }
    assert replace(TERMS, searches=1).longest_s < TERMS.longest_s
