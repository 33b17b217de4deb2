"""When a search buys its own witness, and when it waits (P14)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.books.receipt import receipt
from promptrelay.books.run_list import run_list
from promptrelay.books.totals import totals
from promptrelay.database.accounts import accounts
from promptrelay.database.accounts import model_lists as lists
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.runs import cancelling, pausing, runs, witness_run
from promptrelay.database.schema import accounts as accounts_table
from promptrelay.database.schema import attempts, jobs, upkeep, witnesses
from promptrelay.database.schema import runs as runs_table
from promptrelay.domain.evidence import Absent, OutcomeUnknown
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import AttemptState, JobState, RunState
from promptrelay.domain.tag import Tag
from tests.integration.database.books import (
    ACCOUNT,
    RUN,
    accepted,
    add_job,
    answered,
    balances_of,
    failed,
    record,
    send,
)
from tests.integration.workers.unknown.bare_rooms import NOW_S, SEARCH
from workers.unknown.witness import tend_witness

BOUND = 31.0 + 60 + 60 + 600
"""Of what was begun a second after the epoch."""


def unknown_attempt(
    rooms: Any, number: int = 0, *, method: Method = Method.STANDARD, later_s: float = 0
) -> str:
    """Sent at the beginning of time or so much later, and never heard of."""
    attempt = send(rooms.database, add_job(rooms.database, number, method=method), method=method)
    begin(rooms, attempt, 1.0 + later_s)
    record(rooms.database, OutcomeUnknown(attempt_id=attempt))
    return attempt


def begin(rooms: Any, attempt: str, after_s: float, **values: object) -> None:
    """Begun so long after the epoch."""
    at = rooms.epoch + after_s
    with rooms.database.write() as connection:
        connection.execute(
            sa.update(attempts)
            .where(attempts.c.id == attempt)
            .values(created_at=at, send_by=at + 30.0, **values)
        )


def pass_time(rooms: Any, seconds: float) -> None:
    """Everything was so much longer ago: a server's clock cannot be moved."""
    times = {attempts: ("created_at", "send_by"), upkeep: ("due_at",), jobs: ("due_at",)}
    with rooms.database.write() as connection:
        for table, names in times.items():
            connection.execute(sa.update(table).values({name: table.c[name] - seconds for name in names}))
    rooms.epoch -= seconds


def taken_attempt(rooms: Any, number: int, at: float, **values: object) -> str:
    """Begun at that time and accepted."""
    attempt = send(rooms.database, add_job(rooms.database, number))
    record(rooms.database, accepted(attempt, f"p{number}"))
    begin(rooms, attempt, at, **values)
    return attempt


def change_run(rooms: Any, **values: object) -> None:
    with rooms.database.write() as connection:
        connection.execute(sa.update(runs_table).where(runs_table.c.id == RUN).values(**values))


def since(rooms: Any) -> float:
    """How long ago the epoch was."""
    with rooms.database.read() as connection:
        return database_time(connection) - float(rooms.epoch)


def bought(database: Database) -> list[sa.RowMapping]:
    statement = sa.select(jobs).join(runs_table, runs_table.c.id == jobs.c.run_id).where(runs_table.c.witness)
    with database.read() as connection:
        return list(connection.execute(statement.order_by(jobs.c.position)).mappings())


def test_it_is_one_small_standard_task_in_a_hidden_run(rooms: Any) -> None:
    unknown_attempt(rooms)
    job_id = tend_witness(rooms)
    (job,) = bought(rooms.database)
    assert (job["id"], job["state"], job["due_at"]) == (job_id, JobState.QUEUED, 0.0)
    assert (job["platform"], job["method"], job["model"]) == ("chat_gpt", "standard", "gpt-4o-mini")
    assert job["parameters"] == {"max_output_tokens": 16}
    with rooms.database.read() as connection:
        run = runs.find(connection, job["run_id"])
        assert run is not None
        assert runs.find(connection, None)["id"] == RUN  # type: ignore[index]
        assert connection.execute(sa.select(witnesses)).all() == [(RUN, job_id)]
    assert (run["state"], run["account"], run["campaign"]) == ("running", ACCOUNT, "(witness)")
    assert run["reserve_standard_nanos"] == run["reserve_float_nanos"] == 10_200_000
    assert [row["run"] for row in run_list(rooms.database)] == [RUN]
    assert Tag.parse(str(Tag("here", run["id"], job["id"], "0" * 26))), "whoever lists it can place it (P6)"


def test_off_means_off(rooms: Any) -> None:
    unknown_attempt(rooms)
    rooms.witness_models = {}
    assert tend_witness(rooms) is None
    assert bought(rooms.database) == []


def test_nothing_is_bought_before_the_last_bound(rooms: Any) -> None:
    unknown_attempt(rooms)
    unknown_attempt(rooms, 1, later_s=NOW_S - BOUND + 5)
    assert tend_witness(rooms) is None
    pass_time(rooms, 10)
    assert tend_witness(rooms) is not None


@pytest.mark.parametrize(("at", "is_bought"), [(BOUND - 1, True), (BOUND + 49, True), (BOUND + 51, False)])
def test_what_was_begun_after_the_last_bound_and_taken_is_the_witness(
    rooms: Any, at: float, is_bought: bool
) -> None:
    """Between two bounds it speaks for the earlier sending alone."""
    unknown_attempt(rooms)
    unknown_attempt(rooms, 1, later_s=50)
    taken_attempt(rooms, 2, at)
    assert (tend_witness(rooms) is not None) is is_bought


def test_a_failed_task_and_one_of_another_account_are_no_witnesses(rooms: Any) -> None:
    unknown_attempt(rooms)
    gone = taken_attempt(rooms, 1, BOUND + 5)
    record(rooms.database, failed(gone, "p1"), max_tries=1)
    taken_attempt(rooms, 2, BOUND + 5, account="another")
    assert tend_witness(rooms) is not None


@pytest.mark.parametrize(("method", "is_bought"), [(Method.STANDARD, False), (Method.LIVE, True)])
def test_a_standard_call_on_its_way_may_become_the_witness(
    rooms: Any, method: Method, is_bought: bool
) -> None:
    unknown_attempt(rooms)
    send(rooms.database, add_job(rooms.database, 1, method=method), method=method)
    assert (tend_witness(rooms) is not None) is is_bought


@pytest.mark.parametrize(
    ("job", "run", "is_bought"),
    [
        pytest.param({}, {}, False, id="due"),
        pytest.param({"state": JobState.CLAIMED}, {}, False, id="claimed"),
        pytest.param({"due_at": NOW_S + 50}, {}, False, id="due within a look"),
        pytest.param({"due_at": NOW_S + 100}, {}, True, id="due later"),
        pytest.param({"method": Method.LIVE}, {}, True, id="due, and Live"),
        pytest.param({}, {"max_cost_nanos": 60_000_000}, True, id="due, and it does not fit under the cap"),
        pytest.param({}, {"max_float_nanos": 20_000_000}, True, id="due, and it does not fit in the float"),
    ],
)
def test_a_job_that_is_about_to_be_sent_will_be_the_witness(
    rooms: Any, job: dict[str, Any], run: dict[str, Any], is_bought: bool
) -> None:
    unknown_attempt(rooms)
    job_id = add_job(rooms.database, 1)
    values = {"due_at": rooms.epoch, **job}
    values["due_at"] += rooms.epoch if "due_at" in job else 0.0
    with rooms.database.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(**values))
    change_run(rooms, **({"weight": 1} | run))
    assert (tend_witness(rooms) is not None) is is_bought


def test_with_too_many_unknown_posting_has_stopped_and_due_jobs_are_none(rooms: Any) -> None:
    rooms.search_terms = replace(SEARCH, readable=1)
    for number in range(2):
        unknown_attempt(rooms, number)
    add_job(rooms.database, 5)
    assert tend_witness(rooms) is not None


@pytest.mark.parametrize("state", [RunState.PAUSED, RunState.CANCELLED])
def test_for_a_run_that_sends_nothing_new_nothing_is_sent(rooms: Any, state: RunState) -> None:
    unknown_attempt(rooms)
    change_run(rooms, state=state)
    assert tend_witness(rooms) is None


@pytest.mark.parametrize(
    "limits",
    [
        pytest.param({"state": "paused", "cause": "operator"}, id="paused"),
        pytest.param({"daily_cap_nanos": 60_000_000}, id="daily cap"),
        pytest.param({"balance_nanos": 60_000_000, "balance_floor_nanos": 0}, id="floor"),
    ],
)
def test_an_account_that_may_not_send_buys_nothing(rooms: Any, limits: dict[str, Any]) -> None:
    """The unknown sending sets $0.05 aside; with the witness's $0.0102 that is too much."""
    unknown_attempt(rooms)
    with rooms.database.write() as connection:
        connection.execute(sa.update(accounts_table).values(**limits))
    assert tend_witness(rooms) is None
    with rooms.database.write() as connection:
        room = {"state": "ok", "daily_cap_nanos": 70_000_000, "balance_nanos": 70_000_000}
        connection.execute(sa.update(accounts_table).values(**room))
    assert tend_witness(rooms) is not None


def test_at_most_one_is_bought_in_as_long_as_all_looks_take(rooms: Any) -> None:
    unknown_attempt(rooms)
    assert tend_witness(rooms) is not None
    lose(rooms)
    pass_time(rooms, SEARCH.searches * SEARCH.search_every_s - 1)
    assert tend_witness(rooms) is None
    pass_time(rooms, 2)
    assert tend_witness(rooms) is not None
    assert len(bought(rooms.database)) == 2


def lose(rooms: Any) -> str:
    """The bought witness is sent, and fails; its attempt."""
    job = bought(rooms.database)[-1]
    attempt = send(rooms.database, job["id"])
    begin(rooms, attempt, since(rooms), run_id=job["run_id"], platform=job["platform"])
    record(rooms.database, accepted(attempt, f"w{job['position']}"), failed(attempt, f"w{job['position']}"))
    return attempt


def test_a_witness_that_fails_is_not_sent_again_and_the_next_asks_another_platform(rooms: Any) -> None:
    unknown_attempt(rooms)
    tend_witness(rooms)
    lose(rooms)
    assert bought(rooms.database)[0]["state"] == JobState.FAILED
    pass_time(rooms, 300)
    tend_witness(rooms)
    assert [job["platform"] for job in bought(rooms.database)] == ["chat_gpt", "claude"]


def test_the_outcome_of_a_witness_itself_is_worth_no_other(rooms: Any) -> None:
    attempt = unknown_attempt(rooms)
    tend_witness(rooms)
    (job,) = bought(rooms.database)
    own = send(rooms.database, job["id"])
    begin(rooms, own, since(rooms), run_id=job["run_id"])
    record(rooms.database, OutcomeUnknown(attempt_id=own))
    pass_time(rooms, 1_000)
    assert tend_witness(rooms) is not None, "the first may never have been taken"
    record(rooms.database, accepted(attempt))
    pass_time(rooms, 1_000)
    assert tend_witness(rooms) is None


def test_nothing_is_bought_for_live_calls_nor_after_the_longest_wait(rooms: Any) -> None:
    unknown_attempt(rooms, method=Method.LIVE)
    assert tend_witness(rooms) is None
    unknown_attempt(rooms, 1)
    pass_time(rooms, SEARCH.max_s)
    assert tend_witness(rooms) is None


def test_one_that_is_not_sent_yet_is_taken_back_when_nothing_waits_any_more(rooms: Any) -> None:
    attempt = unknown_attempt(rooms)
    tend_witness(rooms)
    assert tend_witness(rooms) is None, "it is due, and will be sent"
    record(rooms.database, accepted(attempt))
    assert tend_witness(rooms) is None
    assert [job["state"] for job in bought(rooms.database)] == [JobState.CANCELLED]
    with rooms.database.write() as connection:
        assert len(runs.finish_done(connection)) == 1


def test_one_is_taken_back_when_only_what_is_too_young_to_be_absent_is_left(rooms: Any) -> None:
    """What may still be taken needs no proof yet; and by then something else may be the witness."""
    attempt = unknown_attempt(rooms)
    tend_witness(rooms)
    record(rooms.database, accepted(attempt))
    unknown_attempt(rooms, 1, later_s=NOW_S - BOUND + 5)
    assert tend_witness(rooms) is None
    assert [job["state"] for job in bought(rooms.database)] == [JobState.CANCELLED]


def test_a_paused_hidden_run_stays_so_and_a_cancelled_one_is_replaced(rooms: Any) -> None:
    unknown_attempt(rooms)
    tend_witness(rooms)
    hidden = bought(rooms.database)[0]["run_id"]
    pass_time(rooms, 1_000)
    with rooms.database.write() as connection:
        witness_run.withdraw(connection, ACCOUNT)
        pausing.pause_run(connection, hidden)
    assert tend_witness(rooms) is None
    with rooms.database.write() as connection:
        cancelling.cancel_run(connection, hidden)
    pass_time(rooms, 1_000)
    assert tend_witness(rooms) is not None
    assert len({job["run_id"] for job in bought(rooms.database)}) == 2


def test_a_finished_hidden_run_goes_on_with_the_next(rooms: Any) -> None:
    unknown_attempt(rooms)
    tend_witness(rooms)
    lose(rooms)
    with rooms.database.write() as connection:
        assert runs.finish_done(connection) == [bought(rooms.database)[0]["run_id"]]
    pass_time(rooms, 1_000)
    assert tend_witness(rooms) is not None
    first, second = bought(rooms.database)
    assert first["run_id"] == second["run_id"]


def test_its_money_is_the_ledger_accounts_own_and_named_where_it_served(rooms: Any) -> None:
    attempt = unknown_attempt(rooms)
    tend_witness(rooms)
    (job,) = bought(rooms.database)
    own = send(rooms.database, job["id"])
    begin(rooms, own, since(rooms), run_id=job["run_id"])
    record(rooms.database, accepted(own))
    assert receipt(rooms.database, RUN)["witnesses"] == {
        "sent": 1,
        "out": 1,
        "cost": "0.0002",
        "held": "0.01",
    }
    record(rooms.database, answered(own, spent="0.0001"))
    assert receipt(rooms.database, RUN)["witnesses"] == {"sent": 1, "out": 0, "cost": "0.0003", "held": "0"}
    assert balances_of(rooms.database, own) == {
        "provider": -300_000, "held": 0, "fee": 0, "llm": 0, "waste": 0
    }  # fmt: skip
    assert receipt(rooms.database, RUN)["money"]["net"] == "0"
    hidden = receipt(rooms.database, job["run_id"])["money"]
    assert (hidden["net"], hidden["witness"], hidden["spend"]) == ("0.0003", "0.0003", "0")
    found = totals(rooms.database)
    assert (found["accounts"]["witness"], found["accounts"]["spend"], found["sum"]) == ("0.0003", "0", "0")
    record(rooms.database, Absent(attempt_id=attempt, retry_in_s=9.0))
    assert receipt(rooms.database, RUN)["attempts"] == {AttemptState.ABSENT: 1}


def test_a_model_that_reasons_is_asked_for_as_many_tokens_as_it_takes(rooms: Any) -> None:
    unknown_attempt(rooms)
    with rooms.database.write() as connection:
        lists.keep(connection, ACCOUNT, Platform.CHAT_GPT, [Model("gpt-4o-mini", task_post=False)])
        lists.keep(connection, ACCOUNT, Platform.CLAUDE, [Model("claude-sonnet-4-0", task_post=False)])
    assert tend_witness(rooms) is None, "no list offers Standard tasks"
    rooms.witness_models = {Platform.CHAT_GPT: "o4-mini"}
    assert tend_witness(rooms) is not None
    assert bought(rooms.database)[0]["parameters"] == {"max_output_tokens": 1024}


def test_the_account_pays_for_it_within_its_day(rooms: Any) -> None:
    unknown_attempt(rooms)
    tend_witness(rooms)
    lose(rooms)
    with rooms.database.read() as connection:
        standing = accounts.standing(connection, ACCOUNT)
    assert standing is not None
    assert str(standing.spent_today) == "0.0002"
    with rooms.database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(attempts)).scalar_one() == 2
