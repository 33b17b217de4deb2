from __future__ import annotations

import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
import requests

Build = Callable[..., Any]
TAKEN, NOT_TAKEN = 1, 0


def taken(s: Any) -> int:
    count: int = s.admin("tasks")["total"]
    return count


@pytest.mark.parametrize(("kind", "count"), [("lost_before", NOT_TAKEN), ("reply_lost", TAKEN)])
@pytest.mark.parametrize("endpoint", ["task_post", "live"])
def test_a_reply_can_be_lost_before_or_after_the_work(
    start: Build, prompt: Build, endpoint: str, kind: str, count: int
) -> None:
    s = start(f"fault.{endpoint}.{kind}=1x", "time_scale=1000")
    with pytest.raises(requests.ConnectionError):
        s.post(prompt(), endpoint=endpoint)
    assert taken(s) == count
    assert (s.admin("books")["exact"]["charged"] != "0") == bool(count)
    assert s.post(prompt(), endpoint=endpoint).status_code == 200
    assert s.admin("counters")["faults"] == {f"{endpoint}.{kind}": 1}


@pytest.mark.parametrize(("kind", "count"), [("error_500_before", NOT_TAKEN), ("error_500_after", TAKEN)])
def test_a_500_can_come_before_or_after_the_charge(
    start: Build, prompt: Build, kind: str, count: int
) -> None:
    s = start(f"fault.task_post.{kind}=1")
    reply = s.post(prompt())
    assert (reply.status_code, reply.json()["status_code"]) == (500, 50000)
    assert taken(s) == count


def test_a_reply_can_be_garbage(start: Build, prompt: Build) -> None:
    s = start("fault.any.garbage=1x")
    reply = s.post(prompt())
    assert reply.status_code == 200
    with pytest.raises(json.JSONDecodeError):
        reply.json()
    assert taken(s) == 1


def test_a_reply_can_end_in_the_middle(start: Build, prompt: Build) -> None:
    s = start("fault.task_post.truncated=1")
    body = json.dumps([prompt()]).encode()
    host, port = s.url.removeprefix("http://").split(":")
    with socket.create_connection((host, int(port)), timeout=10) as raw:
        head = (
            "POST /v3/ai_optimization/chat_gpt/llm_responses/task_post HTTP/1.1\r\nHost: x\r\n"
            f"Authorization: Basic c2ltdWxhdG9yOnNpbXVsYXRvcg==\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        raw.sendall(head.encode() + body)
        received = b"".join(iter(lambda: raw.recv(65536), b""))
    headers, _, half = received.partition(b"\r\n\r\n")
    promised = int(headers.lower().split(b"content-length:")[1].split()[0])
    assert 0 < len(half) < promised
    assert taken(s) == 1


@pytest.mark.parametrize(("kind", "count"), [("hang_before", NOT_TAKEN), ("hang_after", TAKEN)])
def test_a_call_can_hang_until_the_client_leaves(
    start: Build, prompt: Build, until: Build, kind: str, count: int
) -> None:
    s = start(f"fault.task_post.{kind}=1x")
    with pytest.raises(requests.Timeout):
        s.session.post(s.path("task_post"), json=[prompt()], timeout=0.5)
    until(lambda: s.admin("counters")["faults"] == {f"task_post.{kind}": 1})
    assert taken(s) == count
    assert s.code(s.post(prompt())) == 20100


def test_faults_can_be_set_while_it_runs(start: Build, prompt: Build) -> None:
    s = start()
    s.admin("faults", **{"fault.task_post.error_500_before": "2x"})
    assert [s.post(prompt()).status_code for _ in range(3)] == [500, 500, 200]
    s.admin("faults", **{"fault.task_post.error_500_before": "1x"})
    assert [s.post(prompt()).status_code for _ in range(2)] == [500, 200]


def test_a_single_call_or_a_burst_of_them_can_be_refused_for_the_rate(
    start: Build, prompt: Build, until: Build
) -> None:
    s = start("fault.task_post.rate_40202=1x", "burst_40202_s=1")
    first = s.post(prompt())
    assert (first.status_code, first.json()["status_code"], first.json()["tasks"]) == (200, 40202, None)
    assert s.code(s.post(prompt())) == 20100
    s.admin("faults", burst_40202="1x")
    refused = [r.json()["status_code"] for r in (s.post(prompt()), s.get("models"), s.get("tasks_ready"))]
    assert refused == [40202] * 3
    until(lambda: s.get("models").json()["status_code"] == 20000)


def test_calls_over_the_limit_are_refused_and_counted_and_the_admin_is_not(start: Build) -> None:
    s = start("calls_per_minute=5", "time_scale=1000")
    codes = [s.get("models").json()["status_code"] for _ in range(7)]
    assert codes == [20000] * 5 + [40202] * 2
    counters = s.admin("counters")
    assert (counters["max_calls_in_60_s"], counters["over_limit"]) == (7, {"models": 2})
    assert s.admin("counters")["calls_total"] == 7


@pytest.mark.parametrize(("name", "limit"), [("tasks_ready", 20), ("id_list", 10), ("user_data", 6)])
def test_some_endpoints_have_a_limit_of_their_own(start: Build, name: str, limit: int) -> None:
    s = start()
    window = {"datetime_from": "2026-01-01 00:00:00 +00:00", "datetime_to": "2030-01-01 00:00:00 +00:00"}

    def call() -> int:
        if name == "id_list":
            reply = s.session.post(f"{s.url}/v3/ai_optimization/id_list", json=[window], timeout=10)
        elif name == "user_data":
            reply = s.session.get(f"{s.url}/v3/appendix/user_data", timeout=10)
        else:
            reply = s.get(name)
        code: int = reply.json()["status_code"]
        return code

    assert [call() for _ in range(limit + 1)] == [20000] * limit + [40202]
    assert s.get("models").json()["status_code"] == 20000


def test_a_post_without_money_can_be_http_402(start: Build, prompt: Build) -> None:
    s = start("start_balance=0", "insufficient_funds=http_402")
    for endpoint in ("task_post", "live"):
        reply = s.post(prompt(), endpoint=endpoint)
        assert (reply.status_code, reply.json()["status_code"]) == (402, 40200)
    s.admin("faults", insufficient_funds="entry")
    assert [s.code(s.post(prompt(), endpoint=e)) for e in ("task_post", "live")] == [40210, 40210]
