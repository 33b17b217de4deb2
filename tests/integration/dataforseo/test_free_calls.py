"""The free calls on real sockets: what they return, and what their failures say."""

from __future__ import annotations

import json
import socket
import struct
import time
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from promptrelay.dataforseo.errors import AccountRefused, CredentialsRefused, Throttled, Unreadable
from promptrelay.dataforseo.wire.rows import ReadyRow
from promptrelay.domain.model import Model
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from tests.integration.dataforseo.raw_provider import envelope, http

CHAT = Platform.CHAT_GPT
DATE = "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\n"


def answering(body: bytes, status: str = "200 OK"):
    def answer(connection, provider) -> None:
        while True:
            provider.read_request(connection)
            connection.sendall(http(body, status=status, headers=DATE))

    return answer


def listing(*rows) -> bytes:
    return envelope({"id": "9", "status_code": 20000, "cost": 0, "result": list(rows) or None})


def test_free_calls_share_kept_connections(serve, client_of) -> None:
    provider = serve(answering(listing()))
    client = client_of(provider.url)
    for _ in range(5):
        assert client.list_ready(CHAT) == []
    assert provider.connections == 1


def test_a_task_is_fetched_by_an_escaped_id(serve, client_of) -> None:
    provider = serve(answering(envelope({"id": "a/b", "status_code": 40602, "result": None})))
    reply = client_of(provider.url).get_task(Platform.CLAUDE, "a/../b?c")
    assert reply.code == 40602
    assert reply.server_date == 1795262400.0
    path = b"/v3/ai_optimization/claude/llm_responses/task_get/a%2F..%2Fb%3Fc"
    assert provider.requests[0].startswith(b"GET " + path + b" HTTP/1.1\r\n")


def test_ready_tasks_need_no_more_than_an_id(serve, client_of) -> None:
    endpoint = "/v3/ai_optimization/gemini/llm_responses/task_get/2"
    rows = [
        {"id": "1", "tag": None, "function": 3},
        {"id": "2", "tag": "t", "endpoint": endpoint},
        {"tag": "x"},
    ]
    ready = client_of(serve(answering(listing(*rows))).url).list_ready(CHAT)
    assert ready == [ReadyRow("1", None, CHAT), ReadyRow("2", "t", Platform.GEMINI)]


def test_models_keep_what_is_not_said_as_none(serve, client_of) -> None:
    rows = [{"model_name": "m", "reasoning": True, "web_search_supported": "yes"}, {"model_name": None}]
    assert client_of(serve(answering(listing(*rows))).url).list_models(CHAT) == [Model("m", reasoning=True)]


def test_a_page_of_ids_asks_for_whole_seconds_and_reads_tags(serve, client_of) -> None:
    row = {
        "id": "1",
        "url": "https://api.dataforseo.com/v3/ai_optimization/claude/llm_responses/live",
        "datetime_posted": "2026-02-16 07:25:00 +00:00",
        "datetime_done": None,
        "status": "ok",
        "cost": 0.0302,
        "metadata": {"tag": "pr.x"},
    }
    provider = serve(answering(listing(row, {"id": None, "url": "https://elsewhere/v3/serp/task_post"})))
    since = datetime(2026, 2, 16, 7, 0, 0, 900_000, tzinfo=UTC)
    until = datetime(2026, 2, 16, 8, 0, 0, 100_000, tzinfo=UTC)
    page = client_of(provider.url).list_ids(since, until, limit=2, offset=4)
    asked = json.loads(provider.requests[0].partition(b"\r\n\r\n")[2])
    assert asked == [
        {
            "datetime_from": "2026-02-16 07:00:00 +00:00",
            "datetime_to": "2026-02-16 08:00:01 +00:00",
            "limit": 2,
            "offset": 4,
            "sort": "asc",
            "include_metadata": True,
        }
    ]
    first, second = page.rows
    assert (first.platform, first.method, first.tag) == (Platform.CLAUDE, Method.LIVE, "pr.x")
    assert (first.posted_at, first.done_at) == (datetime(2026, 2, 16, 7, 25, tzinfo=UTC), None)
    assert first.cost == Usd.of("0.0302")
    assert (second.platform, second.cost) == (None, None)
    assert not page.is_last
    assert page.server_date == 1795262400.0


def test_the_account_is_read_whatever_branches_it_has(serve, client_of) -> None:
    money = {"balance": -1.5, "total": 50, "limits": {"day": {"total": 12.5, "new_api": None}}}
    row = {"money": money, "rates": {"limits": {"minute": {"total": 2000}}}, "login": "x"}
    data = client_of(serve(answering(listing(row))).url).user_data()
    assert (data.balance, data.total) == (Usd.of("-1.5"), Usd.of(50))
    limits = {"rates.limits.minute.total": Decimal(2000), "money.limits.day.total": Decimal("12.5")}
    assert data.limits == limits


@pytest.mark.parametrize(
    ("body", "status", "error"),
    [
        (envelope(code=40100), "401 Unauthorized", CredentialsRefused),
        (b"", "401 Unauthorized", CredentialsRefused),
        (envelope(code=40200), "402 Payment Required", AccountRefused),
        (envelope(code=40202), "200 OK", Throttled),
        (b"<html>", "200 OK", Unreadable),
        (b"", "503 Service Unavailable", Unreadable),
        (envelope(code=20000, tasks_count=3), "200 OK", Unreadable),
        (b"", "302 Found", Unreadable),
    ],
)
def test_a_call_that_failed_as_a_whole_says_what_to_do(serve, client_of, body, status, error) -> None:
    client = client_of(serve(answering(body, status)).url)
    for call in (lambda: client.get_task(CHAT, "1"), lambda: client.list_ready(CHAT), client.user_data):
        with pytest.raises(error) as raised:
            call()
        assert "pass-word-secret" not in str(raised.value)


@pytest.mark.parametrize(
    ("code", "error"),
    [(40202, Throttled), (40207, AccountRefused), (40100, CredentialsRefused), (50000, Unreadable)],
)
def test_a_list_refused_in_its_only_task_is_no_empty_list(serve, client_of, code, error) -> None:
    """An envelope that says 20000 may hold a task that says the opposite."""
    client = client_of(serve(answering(envelope({"status_code": code, "cost": 0}))).url)
    with pytest.raises(error):
        client.list_ready(CHAT)


def test_a_list_that_is_no_list_is_unreadable(serve, client_of) -> None:
    """For a look that must be complete, half understood counts as not seen."""
    body = envelope({"status_code": 20000, "result": [{"id": "1"}, "2"]})
    with pytest.raises(Unreadable):
        client_of(serve(answering(body)).url).list_ready(CHAT)


def test_a_free_call_ends_with_its_deadline_also_on_a_kept_connection(serve, client_of) -> None:
    def once(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(listing()))
        provider.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not provider.stopping.wait(0.05):
            connection.sendall(b" ")

    client = client_of(serve(once).url, call_deadline_s=0.6)
    assert client.list_ready(CHAT) == []
    began = time.monotonic()
    with pytest.raises(Unreadable):
        client.list_ready(CHAT)
    assert time.monotonic() - began < 3


def test_a_free_call_that_breaks_off_is_not_repeated_behind_the_allowance(serve, client_of) -> None:
    """Whoever made it asks for leave to make another (P26)."""

    def reset(connection, provider) -> None:
        provider.read_request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    provider = serve(reset)
    with pytest.raises(Unreadable):
        client_of(provider.url).list_ready(CHAT)
    assert (provider.connections, len(provider.requests)) == (1, 1)
