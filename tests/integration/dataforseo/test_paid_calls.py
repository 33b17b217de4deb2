"""P2 and P3 on real sockets: when nothing was sent, when nobody can know, and that nothing goes out twice."""

from __future__ import annotations

import gzip
import json
import socket
import struct
import threading
import time
import traceback

import pytest

from promptrelay.dataforseo.client import encode_tasks
from promptrelay.dataforseo.errors import NotSent, OutcomeUnknown, SendRefused, Unreadable
from promptrelay.dataforseo.http_reply import MOST_BYTES
from promptrelay.domain.platform import Platform
from tests.integration.dataforseo.raw_provider import envelope, http

CHAT = Platform.CHAT_GPT
PROMPT = "a very secret prompt"
BODY = encode_tasks([{"user_prompt": PROMPT, "tag": "pr.1"}])
CREATED = {"id": "1", "status_code": 20100, "cost": 0.0102, "data": {"tag": "pr.1"}}


def allow() -> None:
    """The check that lets the call pass."""


def unknown(client, deadline_s: float = 5) -> OutcomeUnknown:
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown) as raised:
        client.post_tasks(CHAT, BODY, check=allow)
    assert time.monotonic() - began < deadline_s + 2
    return raised.value


def test_a_complete_reply_is_returned_with_the_providers_clock(serve, client_of) -> None:
    def answer(connection, provider) -> None:
        provider.read_request(connection)
        date = "Date: Sat, 21 Nov 2026 12:00:00 GMT\r\n"
        connection.sendall(http(envelope(CREATED, cost=0.0102), headers=date))

    provider = serve(answer)
    reply = client_of(provider.url).post_tasks(CHAT, BODY, check=allow)
    assert reply.only.provider_id == "1"
    assert str(reply.only.cost) == "0.0102"
    assert reply.server_date == 1795262400.0
    head = provider.requests[0].partition(b"\r\n\r\n")[0]
    assert head.startswith(b"POST /v3/ai_optimization/chat_gpt/llm_responses/task_post HTTP/1.1")
    assert b"Basic bG9naW5AZXhhbXBsZS5vcmc6cGFzcy13b3JkLXNlY3JldA==" in head


def test_every_paid_call_opens_its_own_connection(serve, client_of) -> None:
    """A kept-alive connection may die with the next request inside, so none is used twice."""

    def answer(connection, provider) -> None:
        while True:
            provider.read_request(connection)
            connection.sendall(http(envelope(CREATED)))

    provider = serve(answer)
    client = client_of(provider.url)
    for _ in range(3):
        client.post_tasks(CHAT, BODY, check=allow)
    assert provider.connections == 3
    assert len([request for request in provider.requests if request]) == 3


def test_the_check_runs_with_the_connection_open_and_before_the_first_byte(serve, client_of) -> None:
    accepted, checked, seen = threading.Event(), threading.Event(), []

    def answer(connection, provider) -> None:
        accepted.set()
        connection.setblocking(False)
        assert checked.wait(10)
        try:
            seen.append(connection.recv(1))
        except BlockingIOError:
            seen.append(None)
        provider.stopping.wait(0.05)
        connection.setblocking(True)
        provider.read_request(connection)
        connection.sendall(http(envelope(CREATED)))

    def check() -> None:
        assert accepted.wait(10)
        checked.set()
        deadline = time.monotonic() + 10
        while not seen:
            assert time.monotonic() < deadline

    provider = serve(answer)
    client_of(provider.url).post_tasks(CHAT, BODY, check=check)
    assert seen == [None]


@pytest.mark.parametrize(
    "refusal", [SendRefused(reason="too late"), BrokenPipeError(), ValueError("x"), KeyboardInterrupt()]
)
def test_what_the_check_raises_comes_out_unchanged_and_nothing_is_sent(serve, client_of, refusal) -> None:
    """Also for the errors that the HTTP library swallows while it writes."""
    provider = serve(lambda connection, provider: provider.read_request(connection))

    def check() -> None:
        raise refusal

    began = time.monotonic()
    with pytest.raises(type(refusal)) as raised:
        client_of(provider.url).post_tasks(CHAT, BODY, check=check)
    assert raised.value is refusal
    assert time.monotonic() - began < 5
    provider.stop()
    assert b"".join(provider.requests) == b""


def test_a_refused_connection_is_not_sent(client_of) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotSent):
        client_of(f"http://127.0.0.1:{port}").post_tasks(CHAT, BODY, check=allow)


def test_a_name_that_does_not_resolve_is_not_sent(client_of) -> None:
    with pytest.raises(NotSent):
        client_of("http://provider.invalid").post_tasks(CHAT, BODY, check=allow)


def test_a_failed_tls_handshake_is_not_sent(serve, client_of) -> None:
    """The handshake's own bytes are not the request's."""
    provider = serve(lambda connection, _: connection.sendall(b"this is not TLS\r\n\r\n"))
    with pytest.raises(NotSent):
        client_of(provider.url.replace("http:", "https:")).post_tasks(CHAT, BODY, check=allow)


def test_a_tls_handshake_that_hangs_ends_with_the_deadline_and_is_not_sent(serve, client_of) -> None:
    provider = serve(lambda connection, provider: provider.stopping.wait(10))
    client = client_of(provider.url.replace("http:", "https:"), call_deadline_s=0.5)
    began = time.monotonic()
    with pytest.raises(NotSent):
        client.post_tasks(CHAT, BODY, check=allow)
    assert time.monotonic() - began < 3


def test_a_check_that_outlasts_the_deadline_sends_nothing(serve, client_of) -> None:
    provider = serve(lambda connection, provider: provider.read_request(connection))
    with pytest.raises(NotSent):
        client_of(provider.url, call_deadline_s=0.3).post_tasks(CHAT, BODY, check=lambda: time.sleep(0.6))
    provider.stop()
    assert b"".join(provider.requests) == b""


def test_a_perplexity_chunk_is_refused_before_anything_is_opened(client_of) -> None:
    with pytest.raises(SendRefused):
        client_of("http://provider.invalid").post_tasks(Platform.PERPLEXITY, BODY, check=allow)


def test_a_reply_that_never_comes_is_unknown_and_not_asked_for_twice(serve, client_of) -> None:

    def hang(connection, provider) -> None:
        provider.read_request(connection)
        provider.stopping.wait(10)

    provider = serve(hang)
    unknown(client_of(provider.url, call_deadline_s=0.5), 0.5)
    assert provider.connections == 1


def test_a_reply_that_drips_ends_with_the_overall_deadline(serve, client_of) -> None:
    """The library's own timeout starts anew with every byte."""

    def drip(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while not provider.stopping.wait(0.05):
            connection.sendall(b" ")

    unknown(client_of(serve(drip).url, call_deadline_s=0.6), 0.6)


def test_a_reply_after_the_deadline_does_not_count(serve, client_of) -> None:
    def late(connection, provider) -> None:
        provider.read_request(connection)
        provider.stopping.wait(1.0)
        connection.sendall(http(envelope(CREATED)))

    assert unknown(client_of(serve(late).url, call_deadline_s=0.4), 0.4).reply is None


def test_a_body_that_is_not_read_is_unknown_and_none_of_it_arrives_after_the_deadline(
    serve, client_of
) -> None:
    """The write itself hangs until the deadline wakes it; a plain close would deliver what it left behind."""
    given_up, endings = threading.Event(), []

    def read_late(connection, provider) -> None:
        assert given_up.wait(10)
        try:
            while connection.recv(65536):
                pass
            endings.append("delivered")
        except ConnectionError:
            endings.append("reset")

    provider = serve(read_late)
    large = encode_tasks([{"user_prompt": "x" * 20_000_000, "tag": "pr.1"}])
    began = time.monotonic()
    with pytest.raises(OutcomeUnknown):
        client_of(provider.url, call_deadline_s=0.8).post_tasks(CHAT, large, check=allow)
    assert time.monotonic() - began < 4
    given_up.set()
    give_up = time.monotonic() + 10
    while not endings and time.monotonic() < give_up:
        time.sleep(0.01)
    assert endings == ["reset"]


@pytest.mark.parametrize("length", [None, 4000])
def test_half_a_body_is_unknown(serve, client_of, length) -> None:
    """Cut with and without a length that tells: the HTTP library raises for neither or for one."""
    whole = envelope(CREATED)

    def half(connection, provider) -> None:
        provider.read_request(connection)
        head = "" if length else "Connection: close\r\n"
        size = f"Content-Length: {length}\r\n" if length else ""
        connection.sendall(f"HTTP/1.1 200 OK\r\n{head}{size}\r\n".encode() + whole[: len(whole) // 2])

    unknown(client_of(serve(half).url))


def unpacking_without_end(connection, provider) -> None:
    """A reply of some kilobytes that unpacks to more than any reply may hold."""
    packed = gzip.compress(b" " * (MOST_BYTES + 1))
    assert len(packed) < MOST_BYTES / 500
    provider.read_request(connection)
    connection.sendall(http(packed, headers="Content-Encoding: gzip\r\n"))


def test_a_reply_that_unpacks_without_end_is_unknown(serve, client_of) -> None:
    provider = serve(unpacking_without_end)
    assert "ReplyTooLarge" in str(unknown(client_of(provider.url)))
    assert len(provider.requests) == 1
    with pytest.raises(Unreadable, match="ReplyTooLarge"):
        client_of(provider.url).list_ready(CHAT)


def test_a_packed_reply_of_the_usual_size_is_read(serve, client_of) -> None:
    def packed(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(gzip.compress(envelope(CREATED)), headers="Content-Encoding: gzip\r\n"))

    reply = client_of(serve(packed).url).post_tasks(CHAT, BODY, check=allow)
    assert reply.only.provider_id == "1"


def test_a_reply_with_fewer_tasks_than_it_announces_is_unknown_and_keeps_what_it_says(
    serve, client_of
) -> None:
    def short(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(envelope(CREATED, tasks_count=2)))

    error = unknown(client_of(serve(short).url))
    assert error.reply.only.tag == "pr.1"


def test_a_reset_after_the_request_is_unknown_and_not_repeated(serve, client_of) -> None:
    def reset(connection, provider) -> None:
        provider.read_request(connection)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    provider = serve(reset)
    unknown(client_of(provider.url))
    assert provider.connections == 1


def test_a_redirect_is_unknown_and_not_followed(serve, client_of) -> None:
    """307 would repeat the POST elsewhere."""
    other = serve(lambda connection, provider: provider.read_request(connection))

    def redirect(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(b"", status="307 Temporary Redirect", headers=f"Location: {other.url}/x\r\n"))

    provider = serve(redirect)
    assert "307" in str(unknown(client_of(provider.url)))
    assert (provider.connections, other.connections) == (1, 0)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        ("500 Internal Server Error", envelope(code=50000)),
        ("502 Bad Gateway", b"<html>"),
        ("200 OK", envelope(code=50000)),
        ("200 OK", envelope(code=20000)),
        ("200 OK", b"<html>"),
        ("200 OK", b""),
        ("200 OK", b"[]"),
        ("404 Not Found", b'{"message": "no such route"}'),
        ("200 OK", envelope(CREATED, tasks_count=None)),
    ],
)
def test_what_proves_nothing_is_unknown(serve, client_of, status, body) -> None:
    def answer(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(body, status=status))

    unknown(client_of(serve(answer).url))


@pytest.mark.parametrize(
    ("status", "code"),
    [
        ("401 Unauthorized", 40100),
        ("402 Payment Required", 40200),
        ("404 Not Found", 40400),
        ("200 OK", 40202),
    ],
)
def test_a_refusal_of_the_whole_call_is_a_reply(serve, client_of, status, code) -> None:
    def answer(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(envelope(code=code), status=status))

    reply = client_of(serve(answer).url).ask_live(CHAT, BODY, check=allow)
    assert (reply.code, reply.entries, str(reply.cost)) == (code, (), "0")


def test_no_proxy_of_the_environment_is_used(serve, client_of, monkeypatch) -> None:
    proxy = serve(lambda connection, provider: provider.read_request(connection))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)

    def answer(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(envelope(CREATED)))

    client_of(serve(answer).url).post_tasks(CHAT, BODY, check=allow)
    assert proxy.connections == 0


def test_many_calls_at_once_do_not_mix(serve, client_of) -> None:
    """Each thread's check, deadline and reply are its own."""

    def answer(connection, provider) -> None:
        tag = json.loads(provider.read_request(connection))[0]["tag"]
        if tag.endswith("3"):
            provider.stopping.wait(2)
            return
        connection.sendall(http(envelope({**CREATED, "data": {"tag": tag}})))

    client, outcomes = client_of(serve(answer).url, call_deadline_s=1.0), {}

    def call(number: int) -> None:
        def check() -> None:
            if number % 10 == 7:
                raise SendRefused(reason="no")

        try:
            body = encode_tasks([{"tag": f"pr.{number}"}])
            outcomes[number] = client.post_tasks(CHAT, body, check=check).only.tag
        except (SendRefused, OutcomeUnknown) as error:
            outcomes[number] = type(error)

    threads = [threading.Thread(target=call, args=(number,)) for number in range(40)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    special = {3: OutcomeUnknown, 7: SendRefused}
    assert outcomes == {number: special.get(number % 10, f"pr.{number}") for number in range(40)}


def test_no_exception_shows_credentials_or_prompts(serve, client_of) -> None:
    """Nor does anything that hangs on it, which a crash reporter would print."""

    def reset(connection, provider) -> None:
        provider.read_request(connection)

    client = client_of(serve(reset).url)
    error = unknown(client)
    shown = "".join(traceback.format_exception(error)) + repr(error) + repr(client) + repr(vars(client))
    assert error.__context__ is None
    assert "pass-word-secret" not in shown
    assert "cGFzcy13b3JkLXNlY3JldA" not in shown
    assert PROMPT not in shown
    with pytest.raises(ValueError, match="credentials"):
        client_of("https://login:pass-word-secret@example.org")
