"""The services that `run` and `up` start themselves, kept alive and ended together."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from promptrelay.domain.clock import Clock, SystemClock
from promptrelay.stack.child import try_lock
from promptrelay.stack.children import Child, ChildSpec, EventKind, StackEvent
from promptrelay.stack.errors import StackFailed

__all__ = ["ChildSpec", "Stack", "StackEvent", "StackFailed"]

_EARLY_DEATHS_MAX: Final = 3
# Longer than children take to notice that their parent was killed.
_LEFTOVERS_WAIT_S: Final = 8.0
_TICK_S: Final = 0.02


class Stack:
    """Starts children in order, restarts those that die, and ends them all, last one first.

    Children end within 5 s even if this process is killed: each reads a pipe that only we hold open.
    All methods may be called from any thread. `on_event` is called with every change, in the thread
    that noticed it. With the file `hold`, which all children keep locked, a new stack first lets the
    children of a killed one end: they may still have its ports.
    """

    def __init__(
        self,
        specs: Sequence[ChildSpec],
        *,
        on_event: Callable[[StackEvent], None],
        hold: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._specs = tuple(specs)
        self._on_event = on_event
        self._clock = clock or SystemClock()
        self._children: list[Child] = []
        self._lock = threading.RLock()
        self._stopping = False
        self._read_fd, self._write_fd = os.pipe()
        self._hold = hold
        self._kept_fds: tuple[int, ...] = ()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def start(self) -> None:
        """Starts every child in order and returns when all are ready.

        Critical ones are ready before the next starts; those between them get ready side by side.
        Raises `StackFailed`, with nothing left running, if a critical one does not get ready.
        """
        try:
            self._let_leftovers_end()
            launched: list[Child] = []
            for spec in self._specs:
                launched.append(self._enroll(spec))
                if spec.critical:
                    self._await_all(launched)
                    launched = []
            self._await_all(launched)
        except BaseException:
            self.stop()
            raise

    def add(self, spec: ChildSpec) -> None:
        """Starts one more child and waits until it is ready, up to its `ready_timeout_s`.

        A child that is not critical and not ready in time is left to `supervise`. Raises `StackFailed`
        like `start`, and ValueError for a name that is taken.
        """
        child = self._enroll(spec)
        try:
            self._await_all([child])
        except BaseException:
            self.stop()
            raise

    def supervise(self) -> None:
        """Looks at every child once: notices deaths, and restarts those whose wait is over. Call it often."""
        for child in list(self._children):
            self._tend(child)

    def pids(self) -> dict[str, int]:
        """The process ids of the running children by name; of the wrapper where there is one."""
        with self._lock:
            return {child.spec.name: child.pid for child in self._children if child.pid is not None}

    def stop(self) -> None:
        """Ends all children, each within its grace; those that others need last. May be called again."""
        with self._lock:
            self._stopping = True
            running = [child for child in reversed(self._children) if child.pid is not None]
        try:
            self._end([child for child in running if not child.spec.critical])
            for child in running:
                if child.spec.critical:
                    self._end([child])
        finally:
            # Also when a second Ctrl-C cuts the waiting short.
            self._kill(running)
            self._close_files()

    def _let_leftovers_end(self) -> None:
        if self._hold is None:
            return
        fd = os.open(self._hold, os.O_RDWR | os.O_CREAT, 0o600)
        self._kept_fds = (fd,)
        deadline = self._clock.boottime() + _LEFTOVERS_WAIT_S
        while not self._stopping and not try_lock(fd):
            if self._clock.boottime() >= deadline:
                detail = "processes of an earlier stack have not ended"
                self._on_event(StackEvent(kind="stack.crowded", child="stack", pid=None, detail=detail))
                return
            self._clock.sleep(_TICK_S)

    def _enroll(self, spec: ChildSpec) -> Child:
        with self._lock:
            if any(child.spec.name == spec.name for child in self._children):
                raise ValueError(f"the stack already has a child called {spec.name}")
            child = Child(spec, enrolled_at=self._clock.boottime())
            self._children.append(child)
            self._tend(child)
        return child

    def _await_all(self, children: Sequence[Child]) -> None:
        for child in children:
            self._await_ready(child)

    def _await_ready(self, child: Child) -> None:
        deadline = child.enrolled_at + child.spec.ready_timeout_s
        while not self._stopping:
            self.supervise()
            if child.ready:
                return
            if child.deaths >= _EARLY_DEATHS_MAX or self._clock.boottime() >= deadline:
                if child.spec.critical:
                    raise StackFailed(f"{child.spec.name} did not start; see {child.spec.log_path}")
                self._tell("child.late", child, pid=child.pid, detail="still not ready")
                return
            self._clock.sleep(_TICK_S)

    def _tend(self, child: Child) -> None:
        with self._lock:
            if self._stopping:
                return
            if child.pid is None:
                if self._clock.boottime() >= child.restart_at:
                    self._launch(child)
                return
            how = child.ended()
            if how is not None:
                self._mourn(child, how)
            elif not child.ready and (child.spec.ready is None or child.spec.ready()):
                child.ready = True
                self._tell("child.ready", child, pid=child.pid)

    def _launch(self, child: Child) -> None:
        child.started_at = self._clock.boottime()
        try:
            child.start(parent_fd=self._read_fd, kept_fds=self._kept_fds)
        except OSError as problem:
            self._mourn(child, f"cannot start: {problem.strerror}")
        else:
            self._tell("child.started", child, pid=child.pid)

    def _mourn(self, child: Child, how: str) -> None:
        now = self._clock.boottime()
        wait_s = child.backoff.after(now - child.started_at)
        child.ready = False
        child.deaths += 1
        child.restart_at = now + wait_s
        self._tell("child.died", child, detail=how, retry_in_s=wait_s)

    def _end(self, children: Sequence[Child]) -> None:
        """Asks all of them at once, then waits for each."""
        for child in children:
            with self._lock:
                child.signal()
        asked_at = self._clock.boottime()
        waiting = list(children)
        while waiting:
            self._clock.sleep(_TICK_S)
            waiting = [child for child in waiting if not self._is_done(child, asked_at)]

    def _is_done(self, child: Child, asked_at: float) -> bool:
        with self._lock:
            pid, how = child.pid, child.ended()
            if pid is None:  # Another thread stops the stack too.
                return True
            if how is not None:
                self._tell("child.stopped", child, pid=pid, detail=how)
                return True
        if self._clock.boottime() - asked_at < child.spec.stop_grace_s:
            return False
        self._kill([child])
        return True

    def _kill(self, children: Iterable[Child]) -> None:
        for child in children:
            with self._lock:
                pid = child.pid
                if pid is not None:
                    child.kill()
                    self._tell("child.killed", child, pid=pid)

    def _tell(
        self,
        kind: EventKind,
        child: Child,
        *,
        pid: int | None = None,
        detail: str = "",
        retry_in_s: float | None = None,
    ) -> None:
        self._on_event(
            StackEvent(kind=kind, child=child.spec.name, pid=pid, detail=detail, retry_in_s=retry_in_s)
        )

    def _close_files(self) -> None:
        with self._lock:
            for fd in (self._write_fd, self._read_fd, *self._kept_fds):
                if fd >= 0:
                    os.close(fd)
            self._write_fd = self._read_fd = -1
            self._kept_fds = ()
