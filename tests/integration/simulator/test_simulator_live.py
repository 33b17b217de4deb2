from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
import requests

Build = Callable[..., Any]
MODELS = {
    "chat_gpt": "gpt-4o",
    "claude": "claude-sonnet-4-0",
    "gemini": "gemini-2.5-flash",
    "perplexity": "sonar",
}


@pytest.mark.parametrize("platform", MODELS)
def test_a_live_call_answers_and_costs_fee_and_charge(start: Build, prompt: Build, platform: str) -> None:
    s = start("time_scale=1000", "long_decimals=0")
    reply = s.post(prompt(model_name=MODELS[platform], tag="a"), endpoint="live", platform=platform).json()
    (task,) = reply["tasks"]
    assert (task["status_code"], task["data"]["tag"], reply["cost"]) == (20000, "a", task["cost"])
    spent = Decimal(str(task["result"][0]["money_spent"]))
    assert Decimal(str(task["cost"])) == Decimal("0.0006") + spent
    books = s.admin("books")
    assert books["balance"] == str(1000 - Decimal(str(task["cost"])))
    (shown,) = s.admin("tasks")["tasks"]
    assert shown["answer"] == task


def test_a_live_call_takes_exactly_one_task_and_no_callbacks(start: Build, prompt: Build) -> None:
    s = start("time_scale=1000")
    assert s.post(prompt(), prompt(), endpoint="live").json()["status_code"] == 40000
    reply = s.post(prompt(postback_url="https://x.example/"), endpoint="live")
    assert (s.code(reply), reply.json()["cost"]) == (40506, 0)
    assert s.admin("books")["balance"] == "1000"


@pytest.mark.parametrize(
    ("setting", "code", "charged"),
    [
        ("live_50301=1", 50301, False),
        ("live_40101=1", 40101, True),
        ("live_50401=1", 50401, False),
        ("task_empty=1", 40102, True),
    ],
)
def test_a_failing_live_call_books_what_it_reports(
    start: Build, prompt: Build, setting: str, code: int, charged: bool
) -> None:
    s = start("time_scale=1000", setting)
    (task,) = s.post(prompt(), endpoint="live").json()["tasks"]
    assert (task["status_code"], task["result"], task["cost"] > 0) == (code, None, charged)
    assert float(s.admin("books")["exact"]["net"]) == pytest.approx(task["cost"])


def test_a_timed_out_live_call_may_be_charged(start: Build, prompt: Build) -> None:
    s = start("time_scale=1000", "live_50401=1", "live_50401_charged=on")
    (task,) = s.post(prompt(), endpoint="live").json()["tasks"]
    assert (task["status_code"], task["cost"] > 0.0006) == (50401, True)
    assert float(s.admin("books")["exact"]["net"]) == pytest.approx(task["cost"])


def test_the_31st_simultaneous_call_of_a_platform_is_refused(
    start: Build, prompt: Build, until: Build
) -> None:
    s = start("live_latency_s=3", "live_latency_max_s=3")
    with ThreadPoolExecutor(40) as pool:
        calls = [pool.submit(s.post, prompt(), endpoint="live") for _ in range(30)]
        until(lambda: s.admin("counters")["live"].get("chat_gpt", {}).get("running") == 30)
        refused = s.post(prompt(tag="z"), endpoint="live").json()["tasks"][0]
        other = pool.submit(s.post, prompt(model_name="sonar"), endpoint="live", platform="perplexity")
        assert (refused["status_code"], refused["cost"], refused["data"]["tag"]) == (40209, 0, "z")
        assert {s.code(call.result()) for call in calls} == {20000}
        assert s.code(other.result()) == 20000
    shown = s.admin("counters")["live"]
    assert (shown["chat_gpt"]["max_simultaneous"], shown["chat_gpt"]["refused_40209"]) == (30, 1)
    assert shown["chat_gpt"]["seconds_at_or_above"]["25"] > 1
    assert shown["perplexity"]["max_simultaneous"] == 1


def test_a_caller_who_leaves_is_charged_all_the_same(start: Build, prompt: Build, until: Build) -> None:
    s = start("live_latency_s=1", "live_latency_max_s=1")
    with pytest.raises(requests.Timeout):
        s.session.post(s.path("live"), json=[prompt()], timeout=0.3)
    books = until(lambda: (b := s.admin("books"))["exact"]["net"] != "0" and b)
    assert books["tasks"][0]["state"] == "done"
