"""A Live slot is given back when nothing runs on it, and a charge is never taken for none (P8, P25)."""

from __future__ import annotations

from typing import Any

import pytest

from promptrelay.database.attempts import live_calls
from promptrelay.database.schema import attempts, jobs, ledger
from promptrelay.domain.platform import Method
from tests.integration.workers.paying_bench import PLATFORM, START_WINDOW_S, Bench, Task, answer, told
from workers.paying.live import ask_live

REFUSED = 40501


def ask(bench: Bench) -> None:
    (job_id,) = bench.claimed(method=Method.LIVE)
    ask_live(bench.rooms, PLATFORM, job_id)


def entry(task: Task, code: int, **fields: Any) -> Task:
    return {"id": "live", "status_code": code, "data": {**task}, **fields}


def moved(bench: Bench) -> int:
    """What left our cash at the provider, in nano-dollars."""
    return -sum(row["provider_nanos"] for row in bench.all(ledger))


def test_an_answer_gives_the_slot_back_and_is_booked_at_its_cost(bench: Bench) -> None:
    in_use: list[int] = []
    bench.hooks["live.after_reply"] = lambda: in_use.append(bench.slots_in_use())
    bench.reply = lambda tasks: told(answer(tasks[0]))
    ask(bench)
    assert in_use == [1]
    assert bench.slots_in_use() == 0
    assert bench.states() == (["settled"], ["done"])
    assert moved(bench) == 30_600_000


def test_the_call_that_sql_knows_is_the_holder_of_its_slot(bench: Bench) -> None:
    """P25: what a new Redis is told of running calls meets the holder that is there, and takes no second."""
    known: list[str] = []
    again: list[object] = []

    def meet() -> None:
        with bench.rooms.database.read() as connection:
            running = live_calls.running(connection, bench.rooms.account, lease_s=160.0)
        known.extend(key for key, _ in running[PLATFORM])
        again.extend(bench.rooms.slots.acquire(PLATFORM, key) for key in known)

    bench.hooks["live.after_a"] = meet
    ask(bench)
    assert (len(known), again) == (1, [None])


def test_without_leave_to_call_in_the_start_window_the_slot_is_given_back(bench: Bench) -> None:
    """Else thirty calls that never were would shut the platform for a lease each."""
    bench.rooms.allowance.push_back(600.0)
    ask(bench)
    assert bench.slots_in_use() == 0
    assert bench.states() == ([], ["queued"])


def test_leave_that_comes_after_the_start_window_is_not_waited_for(bench: Bench) -> None:
    """P25: it would come inside the send window; nothing is permitted, and the slot is free at once."""
    later_s = START_WINDOW_S + 2.0
    assert later_s < bench.rooms.pace.send_window_s
    bench.rooms.allowance.push_back(later_s)
    ask(bench)
    assert bench.states() == ([], ["queued"])
    assert bench.slots_in_use() == 0


def test_without_permission_the_slot_is_given_back(bench: Bench) -> None:
    (job_id,) = bench.claimed(method=Method.LIVE)
    bench.change(jobs, state="in_flight")
    ask_live(bench.rooms, PLATFORM, job_id)
    assert bench.posted == []
    assert bench.slots_in_use() == 0
    assert bench.states() == ([], ["in_flight"])


def test_without_a_slot_nothing_is_begun(bench: Bench) -> None:
    for number in range(bench.settings.live_slots):
        assert bench.rooms.slots.acquire(PLATFORM, f"other {number}")
    ask(bench)
    assert bench.posted == []
    assert bench.states() == ([], ["queued"])
    assert bench.slots_in_use() == bench.settings.live_slots


def test_a_call_whose_reply_was_lost_keeps_its_slot(bench: Bench) -> None:
    """The provider may still work on it, and counts it as one of thirty."""
    bench.reply = lambda tasks: None
    ask(bench)
    assert bench.slots_in_use() == 1
    assert bench.states() == (["unknown"], ["in_flight"])


def test_a_reply_that_is_cut_keeps_the_slot_too(bench: Bench) -> None:
    """Its own answer is in it and counts (P8); that nothing else runs there is not proven."""
    bench.reply = lambda tasks: told(answer(tasks[0]), tasks_count=2)
    ask(bench)
    assert bench.slots_in_use() == 1
    assert bench.states() == (["settled"], ["done"])


def test_a_refusal_that_names_no_task_and_costs_nothing_is_free(bench: Bench) -> None:
    bench.reply = lambda tasks: told(code=REFUSED)
    ask(bench)
    assert bench.slots_in_use() == 0
    assert bench.states() == (["rejected"], ["failed"])
    assert moved(bench) == 0


@pytest.mark.parametrize("code", [REFUSED, 40501, 40202])
def test_a_refusal_that_names_no_task_and_costs_something_proves_nothing(bench: Bench, code: int) -> None:
    """It may have been charged for this call: it is searched for, and not sent again."""
    bench.reply = lambda tasks: told(code=code, cost=0.02)
    ask(bench)
    assert bench.states() == (["unknown"], ["in_flight"])
    assert [row["status_code"] for row in bench.all(attempts)] == [code]


@pytest.mark.parametrize(
    ("cost", "attempt", "job", "cash"),
    [
        ({"cost": 0}, "rejected", "failed", 0),
        ({"cost": 0.02}, "failed", "failed", 20_000_000),
        ({}, "unknown", "in_flight", 0),
    ],
    ids=["free", "charged", "nobody says"],
)
def test_a_refusal_of_the_task_is_booked_at_its_own_cost(
    bench: Bench, cost: dict[str, float], attempt: str, job: str, cash: int
) -> None:
    bench.reply = lambda tasks: told(entry(tasks[0], REFUSED, **cost), cost=0.02)
    ask(bench)
    assert bench.states() == ([attempt], [job])
    assert moved(bench) == cash
    assert bench.slots_in_use() == 0


def test_too_many_at_once_holds_the_platform_back(bench: Bench) -> None:
    """P25: 40209 says that the provider counts more than we do."""
    bench.reply = lambda tasks: told(entry(tasks[0], 40209, cost=0))
    ask(bench)
    assert bench.rooms.slots.free(PLATFORM) == 0
    assert bench.states() == (["rejected"], ["queued"])


def test_an_answer_under_a_foreign_tag_is_not_ours(bench: Bench) -> None:
    """P8: somebody's answer was mixed up with ours, so nobody knows what became of ours."""
    bench.reply = lambda tasks: told(answer({**tasks[0], "tag": "pr.else"}))
    ask(bench)
    assert bench.states() == (["unknown"], ["in_flight"])
    assert moved(bench) == 0
    assert list(bench.rooms.answers.list("live/")) == []
