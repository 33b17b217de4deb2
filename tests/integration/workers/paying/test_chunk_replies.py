"""What the reply to a chunk proves of each of its tasks, whole or not (P8, P10)."""

from __future__ import annotations

import pytest

from promptrelay.database.schema import attempts, jobs, ledger, provider_tasks
from tests.integration.workers.paying_bench import PLATFORM, Bench, Task, created, http, told
from workers.paying.standard import post_chunk

REFUSED = 40501


def post(bench: Bench, count: int) -> None:
    post_chunk(bench.rooms, PLATFORM, bench.claimed(count))


def refused(task: Task, **fields: object) -> Task:
    return {"id": task["tag"][-26:], "status_code": REFUSED, "cost": 0, "data": {**task}, **fields}


def test_a_whole_reply_tells_each_task_its_own(bench: Bench) -> None:
    bench.reply = lambda tasks: told(created(0, tasks[0]), refused(tasks[1]), refused(tasks[2], cost=0.002))
    post(bench, 3)
    assert bench.states() == (["failed", "rejected", "sent"], ["failed", "failed", "in_flight"])
    assert -sum(row["provider_nanos"] for row in bench.all(ledger)) == 10_200_000 + 2_000_000


def test_a_refusal_in_a_reply_that_is_not_whole_proves_nothing(bench: Bench) -> None:
    """What is cut off may say otherwise; an acceptance under our tag stands all the same."""
    bench.reply = lambda tasks: told(created(0, tasks[0]), refused(tasks[1]), tasks_count=3)
    post(bench, 3)
    assert bench.states() == (["sent", "unknown", "unknown"], ["in_flight"] * 3)
    assert [row["provider_id"] for row in bench.all(provider_tasks)] == ["p0"]


@pytest.mark.parametrize(
    "reply",
    [None, told(code=50000), told(code=20000), told(code=40602), http(b"{", status="500 Oops"), http(b"")],
    ids=["none", "a fault of theirs", "nothing said", "pending", "not theirs", "empty"],
)
def test_a_reply_that_says_nothing_of_the_tasks_leaves_them_unknown(
    bench: Bench, reply: bytes | None
) -> None:
    bench.reply = lambda tasks: reply
    post(bench, 2)
    assert bench.states() == (["unknown"] * 2, ["in_flight"] * 2)


@pytest.mark.parametrize(
    ("cost", "attempt", "job"),
    [(0, "rejected", "queued"), (0.0102, "unknown", "in_flight"), (None, "unknown", "in_flight")],
)
def test_a_refusal_of_the_whole_chunk_counts_only_at_a_cost_of_zero(
    bench: Bench, cost: float | None, attempt: str, job: str
) -> None:
    bench.reply = lambda tasks: told(code=40202, cost=cost)
    post(bench, 2)
    assert bench.states() == ([attempt] * 2, [job] * 2)
    assert {row["tries"] for row in bench.all(jobs)} == {0}


def test_two_entries_under_one_tag_are_both_paid_for(bench: Bench) -> None:
    """P10: a proxy repeats a POST."""
    bench.reply = lambda tasks: told(created(0, tasks[0]), created(1, tasks[0]), tasks_count=2)
    post(bench, 1)
    assert bench.states()[0] == ["sent"]
    assert sorted(row["provider_id"] for row in bench.all(provider_tasks)) == ["p0", "p1"]
    assert -sum(row["provider_nanos"] for row in bench.all(ledger)) == 2 * 10_200_000
    (attempt,) = bench.all(attempts)
    assert attempt["due_at"] > bench.clock.now(), "the first look comes later"
