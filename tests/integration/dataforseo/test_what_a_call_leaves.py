"""What a call asks of the kernel, and what it keeps for the next one: the deadline, and nothing (P3)."""

from __future__ import annotations

import socket
import struct

import pytest

from promptrelay.dataforseo import exchange
from promptrelay.dataforseo.client import encode_tasks
from promptrelay.domain.platform import Platform
from tests.integration.dataforseo.raw_provider import envelope, http

CHAT = Platform.CHAT_GPT
BODY = encode_tasks([{"user_prompt": "?", "tag": "pr.1"}])


def own_socket() -> socket.socket:
    """The socket of the call that this thread is making."""
    (found,) = exchange._current.get()._sockets
    return found


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="this system has no TCP_USER_TIMEOUT")
@pytest.mark.parametrize("deadline_s", [7, 60])
def test_the_kernel_waits_for_the_provider_as_long_as_the_call_and_no_longer(
    serve, client_of, deadline_s: int
) -> None:
    """In milliseconds: less, and it drops a call that was paid for; more, and it delivers one late."""
    asked = []

    def answer(connection, provider) -> None:
        provider.read_request(connection)
        connection.sendall(http(envelope({"id": "1", "status_code": 20100, "cost": 0.0102})))

    def check() -> None:
        asked.append(own_socket().getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT))
        asked.append(struct.unpack("ii", own_socket().getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)))

    client_of(serve(answer).url, call_deadline_s=deadline_s).post_tasks(CHAT, BODY, check=check)
    assert asked == [deadline_s * 1000, (1, 0)]


def test_a_cookie_of_the_provider_is_not_sent_back(serve, client_of) -> None:
    """It could tie our calls to one of its machines, or to a session that ends."""

    def answer(connection, provider) -> None:
        while True:
            provider.read_request(connection)
            cookies = "Set-Cookie: session=abc; Path=/\r\nSet-Cookie: other=def; Domain=127.0.0.1\r\n"
            connection.sendall(http(envelope({"id": "1", "status_code": 40602}), headers=cookies))

    provider = serve(answer)
    client = client_of(provider.url)
    for _ in range(2):
        client.get_task(CHAT, "1")
    client.post_tasks(CHAT, BODY, check=lambda: None)
    sent = [request for request in provider.requests if request]
    assert len(sent) == 3
    assert not any(b"cookie" in request.lower() for request in sent)
