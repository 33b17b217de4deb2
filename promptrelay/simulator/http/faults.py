"""What goes wrong on the way: replies that are lost, spoiled, late for ever, or refused."""

from __future__ import annotations

import asyncio

from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from promptrelay.simulator.envelope import encoded, refusal
from promptrelay.simulator.http.connections import Connections
from promptrelay.simulator.provider import Provider

BEFORE = ("lost_before", "hang_before", "error_500_before", "rate_40202")
AFTER = ("reply_lost", "hang_after", "error_500_after", "garbage", "truncated")


class SilentClose(Response):
    """Closes the connection without sending a byte."""

    def __init__(self, connections: Connections) -> None:
        super().__init__()
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's shape
        """Returns only when the connection is gone, so that the server has nobody to answer."""
        self._connections.close(tuple(scope["client"]))
        await until_gone(receive)


class Hang(Response):
    """Sends nothing until the client leaves."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's shape
        """Waits for the client to leave."""
        await until_gone(receive)


class HalfBody(Response):
    """Promises a whole body, sends half of it and closes the connection."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - ASGI's shape
        """Ends without the rest of the body; the server then closes the connection."""
        start: Message = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        half = bytes(self.body)[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


async def until_gone(receive: Receive) -> None:
    """Returns when the client has left."""
    while (await receive())["type"] != "http.disconnect":
        await asyncio.sleep(0)


def strikes(provider: Provider, endpoint: str, kinds: tuple[str, ...]) -> str | None:
    """Names the first of these faults that happens to this call, if any."""
    for kind in kinds:
        key = f"fault.{endpoint}.{kind}"
        if key not in provider.options.faults:
            key = f"fault.any.{kind}"
        if provider.dice.strikes(key, provider.options.fault(endpoint, kind)):
            provider.counters.faults[f"{endpoint}.{kind}"] += 1
            return kind
    return None


def spoiled(kind: str, connections: Connections, body: bytes) -> Response:
    """Builds what the client gets instead of its reply."""
    if kind in ("lost_before", "reply_lost"):
        return SilentClose(connections)
    if kind in ("hang_before", "hang_after"):
        return Hang()
    if kind == "truncated":
        return HalfBody(body, media_type="application/json")
    if kind == "garbage":
        return Response(b"<html><body>Bad gateway</body></html>", media_type="text/html")
    if kind == "rate_40202":
        return Response(encoded(refusal(40202)), media_type="application/json")
    return Response(encoded(refusal(50000)), status_code=500, media_type="application/json")
