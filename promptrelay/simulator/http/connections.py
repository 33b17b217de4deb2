"""Open connections, so that a fault can close one without a word."""

from __future__ import annotations

import asyncio

from uvicorn.protocols.http.h11_impl import H11Protocol

Peer = tuple[str, int]


class Connections:
    """Knows the transport of every client that is connected."""

    def __init__(self) -> None:
        self._open: dict[Peer, asyncio.Transport] = {}

    def close(self, peer: Peer) -> None:
        """Closes a client's connection at once; bytes already written may still arrive."""
        transport = self._open.get(peer)
        if transport is not None:
            transport.close()

    def protocol(self) -> type[H11Protocol]:
        """Gives uvicorn's protocol, made to note its connections here."""
        opened = self._open

        class NotedProtocol(H11Protocol):
            def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
                super().connection_made(transport)
                opened[transport.get_extra_info("peername")[:2]] = transport

            def connection_lost(self, exc: Exception | None) -> None:
                peer = self.transport.get_extra_info("peername")
                if peer is not None:
                    opened.pop(peer[:2], None)
                super().connection_lost(exc)

        return NotedProtocol
