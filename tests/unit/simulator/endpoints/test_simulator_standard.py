from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

HOUR_S = 3600.0
POST = "/ai_optimization/chat_gpt/llm_responses/task_post"
Build = Callable[..., Any]


def test_a_post_charges_fee_and_advance_and_an_end_settles(caller: Build, prompt: Build) -> None:
    c = caller()
    (entry,) = c.post(prompt(tag="a"))
    assert (entry["status_code"], entry["cost"], entry["result"]) == (20100, 0.0102, None)
    assert entry["data"]["tag"] == "a"
    assert c.provider.books.balance == Decimal("999.9898")
    assert c.get(entry["id"])["status_code"] == 40602
    c.time += HOUR_S
    got = c.get(entry["id"])
    assert (got["status_code"], got["cost"]) == (20000, 0)
    (task,) = c.provider.tasks.all
    assert [charge.what for charge in task.charges] == ["fee", "advance", "advance_returned", "llm"]
    assert task.net == Decimal("0.0002") + task.spent
    assert got["result"][0]["money_spent"] == float(task.spent)
    assert c.provider.books.balance == 1000 - task.net


def test_charges_lie_below_and_above_the_advance_and_some_are_long(caller: Build, prompt: Build) -> None:
    c = caller("tasks_per_post=500")
    c.post(*(prompt() for _ in range(500)))
    spent = [task.spent for task in c.provider.tasks.all]
    assert min(spent) >= Decimal("0.0012")
    assert max(spent) <= Decimal("0.0404")
    assert 100 < sum(s > Decimal("0.01") for s in spent) < 300
    assert 80 < sum(len(str(s)) > 16 for s in spent) < 250


def test_task_get_may_report_the_whole_cost(caller: Build, prompt: Build) -> None:
    c = caller("task_get_cost=base_plus_spent")
    (entry,) = c.post(prompt())
    c.time += HOUR_S
    got = c.get(entry["id"])
    assert got["cost"] == pytest.approx(0.0002 + got["result"][0]["money_spent"])


def test_the_101st_task_is_40006_and_the_others_are_taken(caller: Build, prompt: Build) -> None:
    entries = caller().post(*(prompt(tag=str(n)) for n in range(102)))
    assert [e["status_code"] for e in entries] == [20100] * 100 + [40006] * 2
    assert [e["cost"] for e in entries[100:]] == [0, 0]


def test_one_bad_entry_does_not_spoil_the_others(caller: Build, prompt: Build) -> None:
    c = caller()
    reply = c.call("POST", POST, [prompt(tag="a"), prompt(tag="b", colour="red"), prompt(tag="c")])
    assert [e["status_code"] for e in reply["tasks"]] == [20100, 40506, 20100]
    assert (reply["cost"], reply["tasks_count"], reply["tasks_error"]) == (0.0204, 3, 1)
    assert [e["data"]["tag"] for e in reply["tasks"]] == ["a", "b", "c"]


def test_refused_entries_may_keep_their_tag_or_their_payload_to_themselves(
    caller: Build, prompt: Build
) -> None:
    (entry,) = caller("tag_echoed_in_errors=off").post(prompt(tag="a", colour="red"))
    assert "tag" not in entry["data"]
    assert entry["data"]["colour"] == "red"
    (entry,) = caller("payload_echoed_in_errors=off").post(prompt(tag="a", colour="red"))
    assert entry["data"] == {
        "api": "ai_optimization",
        "function": "llm_responses",
        "se": "chat_gpt",
        "tag": "a",
    }


def test_replies_may_be_shuffled(caller: Build, prompt: Build) -> None:
    tags = [str(n) for n in range(50)]
    echoed = [e["data"]["tag"] for e in caller("reply_order=shuffled").post(*(prompt(tag=t) for t in tags))]
    assert echoed != tags
    assert sorted(echoed) == sorted(tags)


def test_a_reply_may_leave_out_tasks_that_were_taken_and_charged(caller: Build, prompt: Build) -> None:
    c = caller("entry_missing=2x")
    entries = c.post(*(prompt(tag=str(n)) for n in range(5)))
    assert [e["data"]["tag"] for e in entries] == ["2", "3", "4"]
    assert len(c.provider.tasks.all) == 5
    assert c.provider.books.balance == 1000 - 5 * Decimal("0.0102")


def test_some_entries_may_be_refused_with_50301_for_nothing(caller: Build, prompt: Build) -> None:
    c = caller("entry_50301=1x")
    entries = c.post(prompt(), prompt())
    assert [(e["status_code"], e["cost"]) for e in entries] == [(50301, 0), (20100, 0.0102)]
    assert len(c.provider.tasks.all) == 1


@pytest.mark.parametrize(("option", "code"), [("task_40101", 40101), ("task_40103", 40103)])
@pytest.mark.parametrize("refunded", ["on", "off"])
def test_a_failed_task_gives_its_advance_back(
    caller: Build, prompt: Build, option: str, code: int, refunded: str
) -> None:
    c = caller(f"{option}=1", f"fee_refunded_on_failure={refunded}")
    (entry,) = c.post(prompt())
    c.time += HOUR_S
    got = c.get(entry["id"])
    assert (got["status_code"], got["cost"], got["result"]) == (code, 0, None)
    assert c.provider.books.balance == (1000 if refunded == "on" else Decimal("999.9998"))
    assert c.provider.tasks.all[0].state == "failed"


def test_an_empty_task_ends_without_results_and_costs_the_fee(caller: Build, prompt: Build) -> None:
    c = caller("task_empty=1")
    (entry,) = c.post(prompt())
    c.time += HOUR_S
    assert c.ready() == [entry["id"]]
    got = c.get(entry["id"])
    assert (got["status_code"], got["result"]) == (40102, None)
    assert c.provider.books.balance == Decimal("999.9998")


@pytest.mark.parametrize("refunded", ["on", "off"])
def test_a_task_that_never_finishes_fails_after_72_hours(caller: Build, prompt: Build, refunded: str) -> None:
    c = caller("task_never=1", f"fee_refunded_at_expiry={refunded}", "expired_code=40101")
    (entry,) = c.post(prompt())
    c.time += 72 * HOUR_S - 1
    assert c.get(entry["id"])["status_code"] == 40602
    assert c.provider.books.balance == Decimal("999.9898")
    c.time += 1
    assert c.get(entry["id"])["status_code"] == 40101
    assert c.provider.books.balance == (1000 if refunded == "on" else Decimal("999.9998"))
    assert c.provider.tasks.all[0].state == "expired"


def test_time_scale_divides_delays_and_the_72_hours(caller: Build, prompt: Build) -> None:
    c = caller("task_never=1x", "time_scale=1000", "standard_latency_max_s=900")
    never, soon = c.post(prompt(), prompt())
    c.time += 0.9
    assert c.get(soon["id"])["status_code"] == 20000
    c.time += 72 * 3.6 - 0.9
    assert c.get(never["id"])["status_code"] == 40103


def test_results_are_kept_for_30_days(caller: Build, prompt: Build) -> None:
    c = caller()
    (entry,) = c.post(prompt())
    c.time += HOUR_S
    first = c.get(entry["id"])
    c.time += 29 * 24 * HOUR_S
    assert c.get(entry["id"]) == first
    c.time += 2 * 24 * HOUR_S
    assert c.get(entry["id"])["status_code"] == 40403


def test_unknown_ids_and_wrong_platforms_have_their_codes(caller: Build, prompt: Build) -> None:
    c = caller()
    (entry,) = c.post(prompt())
    assert c.get("11111111-0000-0613-0000-zzzzzzzzzzzz")["status_code"] == 40401
    assert c.get(entry["id"], platform="claude")["status_code"] == 40002


@pytest.mark.parametrize("code", [40602, 40210])
def test_a_negative_balance_withholds_results_until_a_top_up(caller: Build, prompt: Build, code: int) -> None:
    c = caller(f"withheld_code={code}")
    (entry,) = c.post(prompt())
    c.time += HOUR_S
    c.provider.catch_up()
    c.provider.books.set_balance(Decimal("-0.01"))
    assert c.ready() == []
    assert (c.get(entry["id"])["status_code"], c.get(entry["id"])["result"]) == (code, None)
    c.provider.books.top_up(Decimal(1))
    assert c.ready() == [entry["id"]]
    assert c.get(entry["id"])["status_code"] == 20000


def test_a_post_without_money_is_refused_and_the_balance_goes_negative_only_by_charges(
    caller: Build, prompt: Build
) -> None:
    c = caller("start_balance=0.0205", "spent_min=0.03", "spent_max=0.04")
    entries = c.post(prompt(), prompt(), prompt())
    assert [(e["status_code"], e["cost"]) for e in entries] == [(20100, 0.0102), (20100, 0.0102), (40210, 0)]
    c.time += HOUR_S
    c.provider.catch_up()
    assert c.provider.books.balance < 0
    assert caller("start_balance=0", "insufficient_funds=http_402").refused("POST", POST, [prompt()]) == 40200


def test_a_post_that_runs_out_of_money_midway_names_what_it_took(caller: Build, prompt: Build) -> None:
    c = caller("start_balance=0.0105", "insufficient_funds=http_402")
    assert [e["status_code"] for e in c.post(prompt(), prompt())] == [20100, 40210]
    assert c.refused("POST", POST, [prompt()]) == 40200
