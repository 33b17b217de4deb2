"""One child of the stack: what to start, the running process, and when to start it again."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from promptrelay.stack.child import PARENT_FD_VARIABLE

LOG_BYTES_MAX: Final = 10 * 1024 * 1024
# Else glibc gives each of dozens of threads a heap, and none of them shrinks; the environment wins.
_ALLOCATOR: Final = {"MALLOC_ARENA_MAX": "2"}
_KILL_WAIT_S: Final = 5.0

EventKind = Literal[
    "child.started",
    "child.ready",
    "child.late",
    "child.died",
    "child.stopped",
    "child.killed",
    "stack.crowded",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildSpec:
    """Says what to start and how it ends; wrap foreign programs with `child.wrapped`.

    `env` is laid over the command's own environment. `ready` asks the running service, quickly and
    without raising; None: a started process is ready. `critical`: the others cannot work without it,
    so a failed start ends the stack, and it is stopped after all that lean on it.
    """

    name: str
    argv: Sequence[str]
    log_path: Path
    env: Mapping[str, str] = field(default_factory=dict)
    ready: Callable[[], bool] | None = None
    ready_timeout_s: float = 30.0
    stop_signal: signal.Signals = signal.SIGTERM
    stop_grace_s: float = 10.0
    critical: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StackEvent:
    """One thing that happened to a child; `str()` of it is a line for people."""

    kind: EventKind
    child: str
    pid: int | None
    detail: str = ""
    retry_in_s: float | None = None

    def __str__(self) -> str:
        happened = f"{self.child} {self.kind.partition('.')[2]}"
        why = f" ({self.detail})" if self.detail else ""
        again = "" if self.retry_in_s is None else f", starts again in {self.retry_in_s:g} s"
        return happened + why + again


@dataclass(slots=True)
class Backoff:
    """Waits longer after each early death, and forgets them once a child has lived `reset_after_s`."""

    first_s: float = 0.5
    longest_s: float = 30.0
    reset_after_s: float = 30.0
    _next_s: float = 0.0

    def after(self, alive_s: float) -> float:
        """Seconds to wait before the next start of a child that lived so long."""
        if alive_s >= self.reset_after_s or not self._next_s:
            self._next_s = self.first_s
        wait_s = self._next_s
        self._next_s = min(wait_s * 2, self.longest_s)
        return wait_s


class Child:
    """A child's current process; `start` may be called again once it has ended."""

    def __init__(self, spec: ChildSpec, *, enrolled_at: float) -> None:
        self.spec = spec
        self.enrolled_at = enrolled_at
        self.backoff = Backoff()
        self.ready = False
        self.deaths = 0
        self.started_at = 0.0
        self.restart_at = 0.0
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process; of a wrapper where there is one. None while nothing runs."""
        return None if self._process is None else self._process.pid

    def start(self, *, parent_fd: int, kept_fds: Sequence[int] = ()) -> None:
        """Starts the process in a session of its own, so that a terminal's Ctrl-C does not reach it.

        The child inherits `kept_fds` as they are. Raises OSError if the program cannot be started.
        """
        self.ready = False
        with _open_log(self.spec.log_path) as log:
            self._process = subprocess.Popen(  # noqa: S603 - the command lines are ours
                list(self.spec.argv),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**_ALLOCATOR, **os.environ, **self.spec.env, PARENT_FD_VARIABLE: str(parent_fd)},
                pass_fds=(parent_fd, *kept_fds),
                start_new_session=True,
                umask=0o077,
            )

    def ended(self) -> str | None:
        """How the process ended, for people; None while it runs. Takes what it left behind with it."""
        process = self._process
        if process is None or not _is_over(process):
            return None
        # The session's leader is dead but not yet waited for: its number still names its own group.
        _kill_group(process)
        status = process.wait()
        self._process = None
        return f"signal {signal.Signals(-status).name}" if status < 0 else f"exit status {status}"

    def signal(self) -> None:
        """Asks the process to end, in the way of its spec."""
        if self._process is not None:
            self._process.send_signal(self.spec.stop_signal)

    def kill(self) -> None:
        """Ends the process and its group at once, and waits a bounded time for the kernel to do so."""
        process, self._process = self._process, None
        if process is not None:
            _kill_group(process)
            with suppress(subprocess.TimeoutExpired):
                process.wait(_KILL_WAIT_S)


def _is_over(process: subprocess.Popen[bytes]) -> bool:
    if not hasattr(os, "waitid"):  # macOS before Python 3.13
        return process.poll() is not None
    seen = os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    return seen is not None


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError, PermissionError):  # macOS refuses a group of zombies.
        os.killpg(process.pid, signal.SIGKILL)


def _open_log(path: Path) -> _Log:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > LOG_BYTES_MAX:
        path.replace(path.with_name(path.name + ".1"))
    return _Log(path)


class _Log:
    """The log file as a descriptor for the child, closed here as soon as the child has it."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def __enter__(self) -> int:
        return self._fd

    def __exit__(self, *_: object) -> None:
        os.close(self._fd)
