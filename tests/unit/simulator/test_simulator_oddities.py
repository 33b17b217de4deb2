"""The stand-in can write money, ids and results as they should not be; its own books stay right."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from tests.unit.simulator.conftest import HOUR_S

Build = Callable[..., Any]
LIVE = "/ai_optimization/chat_gpt/llm_responses/live"


def answer(caller: Any, prompt: Build) -> dict[str, Any]:
    (entry,) = caller.post(prompt())
    caller.time += HOUR_S
    got: dict[str, Any] = caller.get(entry["id"])
    return got


@pytest.mark.parametrize(("option", "shown"), [("cost_text=1", "0.0102"), ("cost_null=1", None)])
def test_the_cost_of_a_post_may_be_a_text_or_null_and_is_charged_all_the_same(
    caller: Build, prompt: Build, option: str, shown: object
) -> None:
    c = caller(option)
    (entry,) = c.post(prompt())
    assert entry["cost"] == shown
    assert c.provider.books.balance == 1000 - Decimal("0.0102")


def test_the_charge_of_an_answer_may_be_a_text_or_null(caller: Build, prompt: Build) -> None:
    assert isinstance(answer(caller("spent_text=1"), prompt)["result"][0]["money_spent"], str)
    c = caller("spent_null=1x")
    first = answer(c, prompt)
    assert first["result"][0]["money_spent"] is None
    assert c.get(first["id"])["result"][0]["money_spent"] > 0


def test_a_live_answer_may_hide_both(caller: Build, prompt: Build) -> None:
    c = caller("cost_null=1", "spent_null=1", "live_latency_s=0")
    (entry,) = c.call("POST", LIVE, [prompt()])["tasks"]
    assert (entry["cost"], entry["result"][0]["money_spent"]) == (None, None)
    assert c.provider.books.balance < 1000


def test_an_accepted_task_may_come_without_its_id(caller: Build, prompt: Build) -> None:
    c = caller("id_null=1x")
    first, second = c.post(prompt(), prompt())
    assert (first["id"], first["status_code"], first["cost"]) == (None, 20100, 0.0102)
    assert second["id"]
    assert len(c.provider.tasks.all) == 2


def test_a_finished_task_may_come_without_its_result_and_stays_listed(caller: Build, prompt: Build) -> None:
    c = caller("result_null=1x")
    got = answer(c, prompt)
    assert (got["status_code"], got["result"], got["result_count"]) == (20000, None, 0)
    assert c.ready() == [got["id"]]
    assert c.get(got["id"])["result"]


def test_an_answer_may_come_in_two_results_that_together_cost_what_it_cost(
    caller: Build, prompt: Build
) -> None:
    c = caller("result_twice=1", "long_decimals=0")
    got = answer(c, prompt)
    charged = sum(Decimal(repr(result["money_spent"])) for result in got["result"])
    assert (len(got["result"]), got["result_count"]) == (2, 2)
    assert 1000 - c.provider.books.balance == charged + Decimal("0.0002")


def test_a_task_get_may_tell_another_cost_than_was_charged(caller: Build, prompt: Build) -> None:
    got = answer(caller("task_get_cost=base_plus_spent", "task_get_cost_off=1"), prompt)
    assert got["cost"] - got["result"][0]["money_spent"] == pytest.approx(1.0002)


@pytest.mark.parametrize("code", [40006, 50303, 50304])
def test_some_entries_may_be_refused_for_nothing(caller: Build, prompt: Build, code: int) -> None:
    c = caller(f"entry_{code}=1x")
    entries = c.post(prompt(), prompt())
    assert [(e["status_code"], e["cost"]) for e in entries] == [(code, 0), (20100, 0.0102)]
