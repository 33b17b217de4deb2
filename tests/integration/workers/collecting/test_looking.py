"""What a free look finds, and when the next one comes: an answer is never given up by mistake (P20)."""

from __future__ import annotations

from typing import Any

import pytest

from promptrelay.database.attempts import looks
from promptrelay.database.schema import attempts, ledger
from promptrelay.domain.evidence import Failed
from tests.integration.workers.paying_bench import PLATFORM, Bench, told
from workers.collecting.collected import Collected
from workers.collecting.look import Pending, look
from workers.collecting.poll import LookAgain, poll
from workers.paying.standard import post_chunk

DAY_S = 86_400.0


def sent(bench: Bench) -> str:
    """One attempt that the provider has taken."""
    post_chunk(bench.rooms, PLATFORM, bench.claimed())
    return str(bench.all(attempts)[0]["id"])


def says(bench: Bench, code: int, **fields: Any) -> None:
    """The provider's word on the task from now on."""
    tag = bench.posted[0][0]["tag"]
    bench.free = lambda _: told({"id": "p0", "status_code": code, "data": {"tag": tag}, **fields})


def result(**fields: Any) -> dict[str, Any]:
    return {"result": [{"money_spent": 0.03, "items": [], **fields}]}


def found(bench: Bench, attempt_id: str) -> object:
    with bench.rooms.database.read() as connection:
        row = looks.find(connection, attempt_id)
    assert row is not None
    return look(bench.rooms, row, "p0")


@pytest.mark.parametrize("code", [20000, 40102], ids=["an answer", "an answer without a text"])
def test_what_is_done_is_collected(bench: Bench, code: int) -> None:
    attempt_id = sent(bench)
    says(bench, code, **result())
    assert isinstance(found(bench, attempt_id), Collected)
    poll(bench.rooms, attempt_id)
    assert bench.states() == (["settled"], ["done"])
    asked = len(bench.asked)
    poll(bench.rooms, attempt_id)
    assert len(bench.asked) == asked, "an answer in hand is not asked for again"


@pytest.mark.parametrize(
    ("code", "plain"),
    [(40602, True), (40601, True), (20100, True), (50301, False), (40403, False), (7, False)],
)
def test_only_a_pending_code_says_plainly_that_it_is_not_done(bench: Bench, code: int, plain: bool) -> None:
    attempt_id = sent(bench)
    says(bench, code)
    assert found(bench, attempt_id) == Pending(code, plain=plain)


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (told(code=50000), 50000),
        (told(code=40200), 40200),
        (told(code=40202), 40202),
        (b"HTTP/1.1 500 No\r\n\r\n", None),
    ],
    ids=["their fault", "the account", "too many calls", "no reply"],
)
def test_trouble_with_the_free_call_says_nothing_of_the_task(bench: Bench, fault: bytes, code: int) -> None:
    attempt_id = sent(bench)
    bench.free = lambda _: fault
    outcome = found(bench, attempt_id)
    assert isinstance(outcome, Pending)
    assert not outcome.plain
    assert outcome.code in (code, None)


@pytest.mark.parametrize(("age_s", "expired"), [(3 * DAY_S - 60, False), (3 * DAY_S + 60, True)])
def test_a_failure_is_an_expiry_once_the_72_hours_are_over(bench: Bench, age_s: float, expired: bool) -> None:
    attempt_id = sent(bench)
    says(bench, 40101)
    bench.clock.ahead_s += age_s
    outcome = found(bench, attempt_id)
    assert isinstance(outcome, Failed)
    assert outcome.expired is expired
    poll(bench.rooms, attempt_id)
    assert bench.states() == (["expired" if expired else "failed"], ["queued"])
    assert sum(row["held_nanos"] for row in bench.all(ledger)) == 0


def wait_s(bench: Bench, attempt_id: str) -> float:
    with pytest.raises(LookAgain) as raised:
        poll(bench.rooms, attempt_id)
    (row,) = bench.all(attempts)
    waits = float(row["due_at"]) - bench.clock.now()
    assert raised.value.when == pytest.approx(waits, abs=2.0)
    return waits


def test_looks_grow_apart_up_to_a_bound(bench: Bench) -> None:
    attempt_id = sent(bench)
    says(bench, 40602)
    pace = bench.rooms.pace
    waits = []
    for looked in range(1, 9):
        waits.append(wait_s(bench, attempt_id))
        assert bench.all(attempts)[0]["looks"] == looked
    for number, waited in enumerate(waits):
        usual = min(pace.poll_max_s, pace.poll_first_s * 1.6**number)
        assert usual * 0.89 <= waited <= usual * 1.11


def test_a_look_falls_on_the_end_of_the_tasks_time(bench: Bench) -> None:
    """Not hours later, when nobody waits for its advance any more."""
    attempt_id = sent(bench)
    says(bench, 40602)
    bench.change(attempts, looks=20)
    pace = bench.rooms.pace
    left_s = 600.0
    bench.clock.ahead_s += pace.standard_deadline_s + pace.expiry_grace_s - left_s
    assert wait_s(bench, attempt_id) == pytest.approx(left_s + 1.0, abs=10.0)


@pytest.mark.parametrize("state", ["unknown", "absent", "failed", "overdue", "rejected"])
def test_what_is_not_waited_for_is_not_asked_for(bench: Bench, state: str) -> None:
    attempt_id = sent(bench)
    bench.change(attempts, state=state)
    poll(bench.rooms, attempt_id)
    assert bench.asked == []
