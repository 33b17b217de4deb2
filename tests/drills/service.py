"""A process of ours that is started again whenever it dies, and that remembers how it died."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

END_DEADLINE_S = 60.0


class Service:
    """One command of ours; each new incarnation may get variables of its own, the last ones get none."""

    def __init__(
        self,
        name: str,
        command: Iterable[object],
        environment: Mapping[str, str],
        *,
        log: Path,
        incarnations: Iterable[Mapping[str, str]] = (),
    ) -> None:
        self.name = name
        self.log = log
        self.deaths: Counter[int] = Counter()
        self.process: subprocess.Popen[bytes] | None = None
        self._command = [sys.executable, "-P", "-m", "promptrelay.cli.main", *map(str, command)]
        self._environment = dict(environment)
        self._coming: Iterator[Mapping[str, str]] = iter(incarnations)
        self._lock = threading.Lock()
        self._wanted = False
        self.has_more_to_suffer = bool(incarnations)

    def start(self) -> None:
        with self._lock:
            self._wanted = True
            self._start()

    def tend(self) -> None:
        """Start it again if it is dead and wanted."""
        with self._lock:
            if self._wanted and self.process is not None and self.process.poll() is not None:
                self.deaths[-self.process.returncode] += 1
                self._start()

    def strike(self, number: signal.Signals = signal.SIGKILL) -> bool:
        """Send it a signal; False if it was not there."""
        with self._lock:
            if self.process is None or self.process.poll() is not None:
                return False
            os.kill(self.process.pid, number)
            return True

    @property
    def pid(self) -> int:
        assert self.process is not None
        return self.process.pid

    @property
    def is_stopped(self) -> bool:
        """Whether it is stopped by a SIGSTOP."""
        try:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"
        except OSError:
            return False

    def end(self) -> int:
        """SIGTERM, and the exit code."""
        with self._lock:
            self._wanted = False
        assert self.process is not None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGCONT)
            self.process.terminate()
        return self.process.wait(END_DEADLINE_S)

    def kill(self) -> None:
        with self._lock:
            self._wanted = False
            if self.process is not None and self.process.poll() is None:
                self.process.kill()
                self.process.wait(10)

    def _start(self) -> None:
        extra = next(self._coming, None)
        self.has_more_to_suffer = extra is not None
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self._command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**self._environment, **(extra or {})},
                start_new_session=True,
            )
