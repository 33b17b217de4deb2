"""One HTTP call under a deadline, and the connections that know when its first byte leaves (P2, P3).

The deadline covers the whole call: it shuts the socket down, which wakes a read or a write in any layer at
once, while the timeouts of the libraries start anew with every packet.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

_RESET_ON_CLOSE = struct.pack("ii", 1, 0)
_current: ContextVar[Exchange] = ContextVar("exchange")


class NotAllowed(Exception):
    """The call may not be written any more; never leaves this room.

    It carries the check's own exception past the layers between, which swallow some kinds of OSError.
    """


class Exchange:
    """One request and its reply, in the thread that makes it."""

    def __init__(
        self,
        deadline_s: float,
        *,
        check: Callable[[], None] | None = None,
        sent: Callable[[], None] = lambda: None,
    ) -> None:
        self.deadline_s = deadline_s
        self.written = False
        """Set immediately before the first byte of a paid request is written."""
        self.refusal: BaseException | None = None
        """What the check raised."""
        self.sent = sent
        """Called when the whole request has been written."""
        self._check = check
        self._sockets: list[socket.socket] = []
        self._expired = False
        self._lock = threading.Lock()
        self._timer = threading.Timer(deadline_s, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Exchange:
        self._timer.start()
        self._token = _current.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._timer.cancel()
        _current.reset(self._token)
        with self._lock:
            for handle in self._sockets:
                handle.close()
            self._sockets.clear()

    @property
    def paid(self) -> bool:
        """Whether this request costs money: it then gets a connection of its own and a check."""
        return self._check is not None

    @property
    def expired(self) -> bool:
        """Whether the deadline has passed; nothing that came after it counts."""
        return self._expired

    def watch(self, sock: socket.socket) -> None:
        """Shut this socket down at the deadline, through a handle of our own that outlives TLS and close."""
        handle = sock.dup()
        with self._lock:
            self._sockets.append(handle)
            if self._expired:
                _shut_down(handle)

    def allow_writing(self) -> None:
        """Ask the check, then mark the request as written. Raises NotAllowed."""  # P2, P3
        self._stop_if_expired()
        try:
            if self._check:
                self._check()
        except BaseException as refusal:  # noqa: BLE001 -- raised again, unchanged, once the call is closed
            self.refusal = refusal
            raise NotAllowed from None
        self._stop_if_expired()
        self.written = True

    def _stop_if_expired(self) -> None:
        if self._expired:
            raise NotAllowed

    def _expire(self) -> None:
        with self._lock:
            self._expired = True
            for handle in self._sockets:
                _shut_down(handle)


def _shut_down(sock: socket.socket) -> None:
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # It is closed already.


class _Watched:
    """A connection whose socket ends with the deadline of the exchange that uses it."""

    _opened_for: Exchange | None = None

    def _new_conn(self) -> socket.socket:
        exchange = _current.get()
        sock: socket.socket = super()._new_conn()  # type: ignore[misc]
        if exchange.paid:
            _reset_on_close(sock, exchange.deadline_s)
        exchange.watch(sock)
        self._opened_for = exchange
        return sock

    def request(self, *args: Any, **kwargs: Any) -> None:
        exchange = _current.get()
        connection: Any = self
        if exchange.paid and (connection.sock is None or self._opened_for is not exchange):
            # P3: a paid request never goes out on a connection that served another.
            connection.close()
            connection.connect()
        elif connection.sock is not None and self._opened_for is not exchange:
            exchange.watch(connection.sock)
        exchange.allow_writing()
        super().request(*args, **kwargs)  # type: ignore[misc]
        exchange.sent()


def _reset_on_close(sock: socket.socket, deadline_s: float) -> None:
    """Make the kernel drop what it has not delivered instead of delivering it after we gave up (P3)."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET_ON_CLOSE)
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, max(1, int(deadline_s * 1000)))


class _HTTPConnection(_Watched, HTTPConnection):
    pass


class _HTTPSConnection(_Watched, HTTPSConnection):
    pass


class _HTTPPool(HTTPConnectionPool):
    ConnectionCls = _HTTPConnection


class _HTTPSPool(HTTPSConnectionPool):
    ConnectionCls = _HTTPSConnection


POOLS: dict[str, type[HTTPConnectionPool]] = {"http": _HTTPPool, "https": _HTTPSPool}
