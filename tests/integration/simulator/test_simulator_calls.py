from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import requests

Build = Callable[..., Any]


def test_a_task_goes_from_post_over_the_ready_list_to_its_answer(
    start: Build, prompt: Build, until: Build
) -> None:
    s = start("time_scale=1000")
    posted = s.post(prompt(tag="a", web_search=True)).json()["tasks"][0]
    assert (posted["status_code"], posted["result"]) == (20100, None)
    (row,) = until(lambda: s.get("tasks_ready").json()["tasks"][0]["result"])
    assert (row["id"], row["tag"]) == (posted["id"], "a")
    got = s.session.get(s.url + row["endpoint"], timeout=10)
    assert got.json()["tasks"][0]["result"][0]["model_name"] == "gpt-4o-2024-11-20"
    assert s.session.get(s.url + row["endpoint"], timeout=10).content == got.content
    assert s.get("tasks_ready").json()["tasks"][0]["result"] is None


@pytest.mark.parametrize("given", [None, ("simulator", "wrong"), ("", "")])
def test_wrong_credentials_get_401_and_an_envelope(start: Build, given: Any) -> None:
    reply = requests.get(f"{start().url}/v3/appendix/user_data", auth=given, timeout=10)
    assert (reply.status_code, reply.json()["status_code"]) == (401, 40100)
    assert reply.headers["WWW-Authenticate"].startswith("Basic")
    assert reply.json()["tasks"] is None


def test_login_and_password_are_options(start: Build) -> None:
    s = start("login=me@example.com", "password=a:b")
    reply = requests.get(f"{s.url}/v3/appendix/user_data", auth=("me@example.com", "a:b"), timeout=10)
    assert reply.json()["tasks"][0]["result"][0]["login"] == "me@example.com"


def test_what_does_not_exist_is_404_with_an_envelope(start: Build) -> None:
    s = start()
    replies = [
        s.get("tasks_ready", "perplexity"),
        s.get("task_get/x", "perplexity"),
        s.post({}, platform="perplexity"),
        s.get("task_get"),
        s.get("live"),
        s.get("models", "bard"),
        s.session.get(f"{s.url}/v3/ai_optimization/llm_responses/models", timeout=10),
    ]
    assert [(r.status_code, r.json()["status_code"]) for r in replies] == [(404, 40400)] * 7


@pytest.mark.parametrize(("body", "code"), [(b"", 40502), (b"[]", 40502), (b"{}", 40503), (b"[{", 40503)])
def test_a_malformed_post_is_refused_whole_with_http_200(start: Build, body: bytes, code: int) -> None:
    s = start()
    for endpoint in ("task_post", "live"):
        reply = s.session.post(s.path(endpoint), data=body, timeout=10)
        assert (reply.status_code, reply.json()["status_code"], reply.json()["tasks"]) == (200, code, None)


def test_replies_are_compressed_for_those_who_accept_it(start: Build) -> None:
    s = start()
    assert s.get("models").headers["Content-Encoding"] == "gzip"
    plain = s.session.get(s.path("models"), headers={"Accept-Encoding": "identity"}, timeout=10)
    assert "Content-Encoding" not in plain.headers
    assert plain.json()["tasks"][0]["result"] == s.get("models").json()["tasks"][0]["result"]


def test_the_admin_sees_books_tasks_counters_and_changes_what_it_is_told_to(
    start: Build, prompt: Build, until: Build
) -> None:
    s = start("time_scale=1000")
    task_id = s.post(prompt(tag="pr.d.r.j.A1")).json()["tasks"][0]["id"]
    until(lambda: s.admin("tasks")["tasks"][0]["state"] == "done")
    got = s.get(f"task_get/{task_id}").json()["tasks"][0]
    (task,) = s.admin("tasks?limit=5&offset=0")["tasks"]
    assert task["answer"] == got
    assert (task["id"], task["tag"], task["collected"]) == (task_id, "pr.d.r.j.A1", True)
    assert task["request"] == prompt(tag="pr.d.r.j.A1")
    books = s.admin("books")
    assert Decimal(books["start_balance"]) - Decimal(books["exact"]["net"]) == Decimal(books["balance"])
    assert sum(Decimal(amount) for _, amount in books["tasks"][0]["charges"]) == -Decimal(
        books["tasks"][0]["net"]
    )
    assert "tasks" not in s.admin("books?tasks=0")
    assert s.admin("topup", amount="12.5")["topups"] == "12.5"
    assert s.admin("balance", amount="-1")["balance"] == "-1"
    assert s.code(s.get(f"task_get/{task_id}")) == 40602
    assert "nearest" in s.admin("faults", live_slot=3)["error"]
    assert s.admin("faults", task_get_cost="base_plus_spent", live_slots=3)["changed"] == [
        "live_slots",
        "task_get_cost",
    ]
    counters = s.admin("counters")
    assert counters["calls"] == {"task_post": 1, "task_get": 2}
    assert (counters["max_calls_in_60_s"], counters["over_limit_total"]) == (3, 0)
    assert counters["tags"] == {"pr.d.r.j.A1": {"task_post": 1, "task_get": 2}}
    assert counters["doubled_jobs"] == []


@pytest.mark.parametrize("end", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_cleanly_even_with_a_hanging_call(start: Build, end: signal.Signals) -> None:
    s = start("fault.models.hang_before=1")
    with pytest.raises(requests.Timeout):
        s.get("models", timeout=0.2)
    s.process.send_signal(end)
    assert s.process.wait(10) == 0


def test_a_wrong_setting_ends_it_with_one_line() -> None:
    command = [sys.executable, "-m", "promptrelay.simulator", "--set", "live_slot=3"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    assert ended.returncode == 2
    assert ended.stderr.count("\n") == 1
    assert "'live_slots'" in ended.stderr
    assert ended.stdout == ""


def test_the_command_line_lists_every_option() -> None:
    command = [sys.executable, "-m", "promptrelay.simulator", "--help"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    assert "time_scale=1.0" in shown


def test_money_arrives_with_every_digit(start: Build, prompt: Build) -> None:
    s = start("long_decimals=1", "live_latency_s=0")
    reply = s.post(prompt(), endpoint="live")
    task = json.loads(reply.text, parse_float=Decimal)["tasks"][0]
    assert task["cost"] == Decimal("0.0006") + task["result"][0]["money_spent"]
    assert len(str(task["cost"])) >= 17
    assert s.admin("books")["tasks"][0]["net"] == str(task["cost"])
