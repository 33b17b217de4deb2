"""Processes that end with their parent: a thread in our own ones, a small wrapper around foreign programs.

The parent holds the writing end of a pipe and never writes. However it dies, the kernel closes that end,
and the child reads end-of-file. This module imports the standard library only, because the wrapper runs
it as a bare file: `python child.py [--hold FILE] -- PROGRAM ARGS…`.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import resource
import select
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType
from typing import Final

PARENT_FD_VARIABLE: Final = "PROMPTRELAY_PARENT_FD"
END_GRACE_S: Final = 4.0
HOLD_WAIT_S: Final = 15.0

_PR_SET_PDEATHSIG: Final = 1
_STILL_HELD: Final = 75  # EX_TEMPFAIL of sysexits.h: trying again later may help.
_FORWARDED: Final = (
    signal.SIGTERM,
    signal.SIGINT,
    signal.SIGHUP,
    signal.SIGQUIT,
    signal.SIGUSR1,
    signal.SIGUSR2,
)


def end_with_parent(fd: int | None = None, *, grace_s: float = END_GRACE_S) -> bool:
    """Ends this process within 5 s of its parent's death, however the parent died.

    Call it before slow imports. `fd` is the reading end of the parent's pipe; None takes it from
    PROMPTRELAY_PARENT_FD. At end-of-file the process gets a SIGTERM of its own, and `grace_s` later
    it and its process group are killed. False: nobody's child, started by hand; nothing is watched.
    """
    fd = _take_parent_fd() if fd is None else fd
    if fd is None:
        return False
    os.set_inheritable(fd, False)  # noqa: FBT003 - it takes no keywords
    threading.Thread(target=_end_at_eof, args=(fd, grace_s), name="end-with-parent", daemon=True).start()
    return True


def wrapped(argv: Sequence[str], *, hold: Path | None = None) -> list[str]:
    """The command line that runs a foreign program so that it ends with us.

    With `hold`, the program keeps that file locked while it lives, and starts only once nobody else
    does: two servers never run on one directory.
    """
    holding = [] if hold is None else ["--hold", str(hold)]
    # -I and -S: neither the working directory nor site-packages can get between, and it starts fast.
    return [sys.executable, "-I", "-S", str(Path(__file__).resolve()), *holding, "--", *argv]


def is_held(lock_file: Path) -> bool:
    """Whether a program started with this `hold` file is still there."""
    try:
        fd = os.open(lock_file, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        return not try_lock(fd)
    finally:
        os.close(fd)


def try_lock(fd: int) -> bool:
    """Locks an open file until every process that has this descriptor is gone; False if others hold it."""
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def main(arguments: Sequence[str]) -> int:
    """Runs the program, forwards signals to it, and ends as it ended."""
    options, program = _split(arguments)
    parent_fd = _take_parent_fd()
    held: tuple[int, ...] = ()
    if options:
        lock_fd = _hold(Path(options[1]), parent_fd)
        if lock_fd is None:
            sys.stderr.write(f"{options[1]} is held by an earlier process that has not ended\n")
            return _STILL_HELD
        held = (lock_fd,)
    forwarder = _Forwarder()
    try:
        process = _spawn(program, held)
    except OSError as problem:
        sys.stderr.write(f"cannot start {program[0]}: {problem.strerror}\n")
        return 127
    forwarder.attach(process)
    if parent_fd is not None:
        end_with_parent(parent_fd)
    return _end_like(process.wait())


def _take_parent_fd() -> int | None:
    """The pipe's number, taken out of the environment: what we start ourselves has no such descriptor."""
    text = os.environ.pop(PARENT_FD_VARIABLE, "")
    try:
        fd = int(text)
        return fd if stat.S_ISFIFO(os.fstat(fd).st_mode) else None
    except (ValueError, OSError):
        return None


def _end_at_eof(fd: int, grace_s: float) -> None:
    # An error means that somebody closed the pipe: the tie is lost, which counts like a dead parent.
    with contextlib.suppress(OSError):
        while os.read(fd, 64):
            pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(grace_s)
    # Only a group of our own: without one this would kill whoever started us.
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os.kill(os.getpid(), signal.SIGKILL)


def _split(arguments: Sequence[str]) -> tuple[list[str], list[str]]:
    place = list(arguments).index("--") if "--" in arguments else -1
    options, program = list(arguments[: max(place, 0)]), list(arguments[place + 1 :])
    if place < 0 or not program or (options and (len(options) != 2 or options[0] != "--hold")):
        sys.stderr.write("usage: python -m promptrelay.cli.child [--hold FILE] -- PROGRAM [ARGUMENT]...\n")
        raise SystemExit(2)
    return options, program


def _hold(lock_file: Path, parent_fd: int | None) -> int | None:
    """The locked descriptor; None if the lock stays with somebody else, or our parent ends meanwhile."""
    fd = os.open(lock_file, os.O_RDWR | os.O_CREAT, 0o600)
    deadline = time.monotonic() + HOLD_WAIT_S
    watched = [] if parent_fd is None else [parent_fd]
    while not try_lock(fd):
        parent_gone, _, _ = select.select(watched, [], [], 0.05)
        if parent_gone or time.monotonic() >= deadline:
            return None
    return fd


def _spawn(program: Sequence[str], held: tuple[int, ...]) -> subprocess.Popen[bytes]:
    # No thread of ours runs yet, which is what makes preexec_fn safe here.
    return subprocess.Popen(list(program), pass_fds=held, preexec_fn=_ending_with_wrapper())  # noqa: PLW1509, S603


def _ending_with_wrapper() -> Callable[[], None] | None:
    """On Linux the kernel tells the program when the wrapper is killed: the pipe ends the wrapper only."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    wrapper = os.getpid()

    def tie() -> None:
        prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM))
        if os.getppid() != wrapper:  # It died before the tie was made.
            os._exit(1)

    return tie


class _Forwarder:
    """Passes signals on to the program, also those that arrive before it has started."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None
        self._early: list[int] = []
        for number in _FORWARDED:
            signal.signal(number, self._receive)

    def attach(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        while self._early:
            process.send_signal(self._early.pop(0))

    def _receive(self, number: int, _frame: FrameType | None) -> None:
        if self._process is None:
            self._early.append(number)
        else:
            self._process.send_signal(number)


def _end_like(status: int) -> int:
    if status >= 0:
        return status
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # One core dump is enough.
    with contextlib.suppress(OSError):  # SIGKILL has no handler to reset.
        signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
    return 128 - status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
