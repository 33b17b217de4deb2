"""A proxy in front of Redis that can swallow every byte both ways while its connections stay open."""

from __future__ import annotations

import socket
import threading
from pathlib import Path


class SwallowingProxy:
    """Passes bytes on, until it is told to swallow; connections made before never recover."""

    def __init__(self, here: Path, there: Path) -> None:
        self.here = here
        self._there = there
        self._swallowing = threading.Event()
        self._deaf: set[socket.socket] = set()
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(here))
        self._listener.listen(128)
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"unix://{self.here}"

    def swallow(self) -> int:
        """From now on nothing gets through, also on new connections; how many are open."""
        with self._lock:
            self._swallowing.set()
            self._deaf |= self._open
            return len(self._open) // 2

    def heal(self) -> None:
        """New connections work again; the old ones stay as they are."""
        self._swallowing.clear()

    def close(self) -> None:
        self._listener.close()
        with self._lock:
            for end in self._open:
                end.close()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
                far = socket.socket(socket.AF_UNIX)
                far.connect(str(self._there))
            except OSError:
                return
            with self._lock:
                self._open |= {near, far}
                if self._swallowing.is_set():
                    self._deaf |= {near, far}
            for source, target in ((near, far), (far, near)):
                threading.Thread(target=self._pass_on, args=(source, target), daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        try:
            while data := source.recv(65536):
                if source not in self._deaf:
                    target.sendall(data)
        except OSError:
            pass
        finally:
            with self._lock:
                self._open -= {source, target}
            for end in (source, target):
                end.close()
