"""Runs the stand-in as a process."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import socket
import threading
from collections.abc import Iterator
from pathlib import Path

import uvicorn

from promptrelay.simulator.http.app import build_app
from promptrelay.simulator.http.connections import Connections
from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.provider import Provider


def serve(options: SimulatorOptions, host: str, port: int, port_file: Path | None = None) -> None:
    """Serves until SIGTERM or SIGINT; port 0 takes a free one.

    Once it listens it writes the port into `port_file` and its address as one JSON line to stdout.
    """
    connections = Connections()
    config = uvicorn.Config(
        build_app(Provider(options), connections),
        http=connections.protocol(),
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        proxy_headers=False,
        server_header=False,
        # The application writes its own, so that it can be an odd one.
        date_header=False,
        timeout_keep_alive=75,
        # Hanging calls hang for ever by design; they do not keep the process from ending.
        timeout_graceful_shutdown=1,
    )
    with _listening(host, port) as listener:
        _Announcing(config, port_file).run(sockets=[listener])


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    return listener


class _Announcing(uvicorn.Server):
    """Says where it listens once it does, and ends with status 0 when it is told to end."""

    def __init__(self, config: uvicorn.Config, port_file: Path | None) -> None:
        super().__init__(config)
        self._port_file = port_file

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Announces the address after the server has begun to listen."""
        await super().startup(sockets)
        assert sockets
        host, port = sockets[0].getsockname()[:2]
        if self._port_file is not None:
            _write_whole(self._port_file, f"{port}\n")
        print(json.dumps({"simulator": f"http://{host}:{port}"}), flush=True)  # noqa: T201 - the promised line

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Turns signals into a clean end; uvicorn's own way raises them again after it."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {s: signal.signal(s, self.handle_exit) for s in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for signal_number, handler in before.items():
                signal.signal(signal_number, handler)


def _write_whole(path: Path, text: str) -> None:
    # A reader sees either no file or the whole of it.
    draft = path.with_name(f"{path.name}.{os.getpid()}.tmp")
    draft.write_text(text)
    draft.replace(path)
