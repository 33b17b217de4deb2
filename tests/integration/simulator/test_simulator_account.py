from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Build = Callable[..., Any]
PAID = ("task_post", "live")
FREE_TOO = ["40104", "40200", "40201", "40203"]
HTTP = {"40100": 401, "40200": 402}


def user_data(s: Any) -> Any:
    return s.session.get(f"{s.url}/v3/appendix/user_data", timeout=10)


def told(reply: Any) -> tuple[int, int]:
    return reply.status_code, reply.json()["status_code"]


@pytest.mark.parametrize("code", ["40100", "40207"])
def test_a_locked_account_is_refused_everything_its_user_data_too(
    start: Build, prompt: Build, code: str
) -> None:
    s = start()
    s.admin("faults", account_code=code)
    calls = [s.post(prompt(), endpoint=endpoint) for endpoint in PAID]
    calls += [s.get("tasks_ready"), s.get("task_get/x"), s.get("models"), user_data(s)]
    assert [told(reply) for reply in calls] == [(HTTP.get(code, 200), int(code))] * 6
    s.admin("faults", account_code="none")
    assert s.code(s.post(prompt())) == 20100
    assert s.admin("tasks")["total"] == 1


@pytest.mark.parametrize("code", FREE_TOO)
def test_free_calls_are_refused_too_unless_they_are_spared_and_the_balance_is_always_shown(
    start: Build, prompt: Build, code: str
) -> None:
    s = start(f"account_code={code}")
    calls = [s.post(prompt(), endpoint=endpoint) for endpoint in PAID] + [s.get("tasks_ready")]
    assert [told(reply) for reply in calls] == [(HTTP.get(code, 200), int(code))] * 3
    assert user_data(s).json()["tasks"][0]["result"][0]["money"]["balance"] == 1000
    s.admin("faults", account_code_spares_free=True)
    assert told(s.get("tasks_ready")) == (200, 20000)
    assert told(s.post(prompt()))[1] == int(code)


@pytest.mark.parametrize("code", ["40204", "40210"])
def test_some_codes_concern_paid_calls_only(start: Build, prompt: Build, code: str) -> None:
    s = start(f"account_code={code}")
    assert [told(s.post(prompt(), endpoint=endpoint)) for endpoint in PAID] == [(200, int(code))] * 2
    assert [told(s.get("tasks_ready")), told(s.get("models"))] == [(200, 20000)] * 2


@pytest.mark.parametrize("code", ["40201", "40203", "40204", "40207"])
def test_a_code_can_stand_in_each_entry_of_a_paid_call(start: Build, prompt: Build, code: str) -> None:
    s = start(f"account_code={code}", "account_code_at=entry")
    reply = s.post(prompt(tag="a"), prompt(tag="b")).json()
    assert reply["status_code"] == 20000
    assert [(entry["status_code"], entry["cost"]) for entry in reply["tasks"]] == [(int(code), 0)] * 2
    assert s.code(s.post(prompt(), endpoint="live")) == int(code)
    assert s.admin("tasks")["total"] == 0


def test_a_daily_cost_limit_lets_what_fits_through_and_is_shown_with_the_balance(
    start: Build, prompt: Build
) -> None:
    s = start("daily_cost_limit=0.0305")
    codes = [entry["status_code"] for entry in s.post(*[prompt()] * 4).json()["tasks"]]
    assert codes == [20100, 20100, 40203, 40203]
    money = user_data(s).json()["tasks"][0]["result"][0]["money"]
    assert (money["limits"]["day"]["total"], money["statistics"]["day"]["total"]) == (0.0305, 0.0204)
    s.admin("faults", daily_cost_limit=1)
    assert s.code(s.post(prompt())) == 20100


@pytest.mark.parametrize(("option", "code"), [("duplicates_per_hour", 40205), ("duplicates_per_day", 40206)])
def test_equal_tasks_are_limited_and_a_tag_makes_no_difference(
    start: Build, prompt: Build, until: Build, option: str, code: int
) -> None:
    s = start(f"{option}=2", "time_scale=7200" if code == 40205 else "time_scale=172800", "gzip=off")
    codes = [entry["status_code"] for entry in s.post(*[prompt(tag=tag) for tag in "abc"]).json()["tasks"]]
    assert codes == [20100, 20100, code]
    assert s.code(s.post(prompt(user_prompt="something else"))) == 20100
    assert s.code(s.post(prompt(tag="d"), platform="chat_gpt", endpoint="live")) == 20000
    until(lambda: s.code(s.post(prompt(tag="e"))) == 20100)


def test_tags_can_be_told_to_make_a_difference(start: Build, prompt: Build) -> None:
    s = start("duplicates_per_hour=1", "tag_in_duplicates=on")
    codes = [entry["status_code"] for entry in s.post(*[prompt(tag=tag) for tag in "aba"]).json()["tasks"]]
    assert codes == [20100, 20100, 40205]


def test_a_negative_balance_keeps_answers_back_until_it_is_topped_up(
    start: Build, prompt: Build, until: Build
) -> None:
    s = start("time_scale=100000")
    task = s.post(prompt(tag="a")).json()["tasks"][0]
    until(lambda: s.get("tasks_ready").json()["tasks"][0]["result"])
    s.admin("balance", amount="-0.5")
    assert user_data(s).json()["tasks"][0]["result"][0]["money"]["balance"] == -0.5
    assert s.get("tasks_ready").json()["tasks"][0]["result"] is None
    assert s.code(s.get(f"task_get/{task['id']}")) == 40602
    assert s.code(s.post(prompt())) == 40210
    s.admin("topup", amount="10")
    assert s.code(s.get(f"task_get/{task['id']}")) == 20000
    assert s.code(s.post(prompt())) == 20100


def test_what_a_code_may_be_is_checked(start: Build) -> None:
    assert (
        "account_code=40999 is none of none, 40100" in start().admin("faults", account_code="40999")["error"]
    )
