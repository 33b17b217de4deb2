"""A provider of a few lines over a raw socket, so that a test decides every byte and every silence."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Any

DEADLINE_S = 15.0
Behaviour = Callable[[socket.socket, "RawProvider"], None]


class RawProvider:
    """Accepts connections and hands each to the behaviour; keeps what it received."""

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.connections = 0
        self.requests: list[bytes] = []
        self.stopping = threading.Event()
        self._open: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._threads = [threading.Thread(target=self._accept, daemon=True)]
        self._threads[0].start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def read_request(self, connection: socket.socket) -> bytes:
        """One whole request, as far as the client sends it."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._some(connection, data)
        head, _, body = data.partition(b"\r\n\r\n")
        length = next(
            (
                int(line.split(b":")[1])
                for line in head.split(b"\r\n")
                if line.lower().startswith(b"content-length")
            ),
            0,
        )
        while len(body) < length:
            body += self._some(connection, body)
        self.requests.append(head + b"\r\n\r\n" + body)
        return body

    def stop(self) -> None:
        self.stopping.set()
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            # Only what we read ends: what the client still does to its side is a result.
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        for thread in self._threads:
            thread.join(timeout=DEADLINE_S)

    def _some(self, connection: socket.socket, so_far: bytes) -> bytes:
        data = connection.recv(65536)
        if not data:
            self.requests.append(so_far)
            raise ConnectionError("the client went away")
        return data

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        with connection, suppress(ConnectionError):
            connection.settimeout(DEADLINE_S)
            self.behaviour(connection, self)


def http(body: bytes, *, status: str = "200 OK", headers: str = "", length: int | None = None) -> bytes:
    size = len(body) if length is None else length
    return f"HTTP/1.1 {status}\r\nContent-Length: {size}\r\n{headers}\r\n".encode() + body


def envelope(*tasks: dict[str, Any], code: int = 20000, **fields: Any) -> bytes:
    top = {"status_code": code, "cost": 0, "tasks_count": len(tasks), "tasks": list(tasks), **fields}
    return json.dumps(top).encode()
