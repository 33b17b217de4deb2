"""The data directory: where everything of one installation lies, and the lock of its one stack."""

from __future__ import annotations

import fcntl
import os
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Self

from promptrelay.domain.clock import Clock, SystemClock

# sun_path holds 108 bytes on Linux and 104 elsewhere, with the closing zero byte.
SOCKET_PATH_BYTES_MAX: Final = 107 if sys.platform == "linux" else 103
_PRIVATE: Final = 0o700


class DataDirUnusable(Exception):
    """The data directory cannot be made or written to."""

    def __init__(self, path: Path, why: str | None) -> None:
        cure = "set PROMPTRELAY_DATA_DIR to a folder that you may write to"
        super().__init__(f"{path} cannot be the data directory ({why}); {cure}")
        self.why = why


class DataDir:
    """Names every place in a data directory; only `make` and `socket` write to the disk."""

    def __init__(self, path: Path | str) -> None:
        self.path = Path(path).absolute()
        self.database = self.path / "promptrelay.sqlite3"
        self.redis = self.path / "redis"
        self.logs = self.path / "logs"
        self.run = self.path / "run"
        self.answers = self.path / "answers"
        self.spool = self.path / "spool"

    def make(self) -> Self:
        """Makes what is missing, open to the owner alone, and durable before it returns.

        Raises DataDirUnusable.
        """
        try:
            return self._make()
        except OSError as error:
            raise DataDirUnusable(self.path, error.strerror) from error

    def _make(self) -> Self:
        missing = [place for place in (self.path, *self.path.parents) if not place.exists()]
        self.path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        for directory in (self.redis, self.logs, self.run, self.answers, self.spool):
            directory.mkdir(mode=_PRIVATE, exist_ok=True)
        if self.path in missing:  # In a folder that was there others decide what git sees.
            (self.path / ".gitignore").write_text("*\n", "ascii")
        # P17: an answer is only as durable as the directories on its way, also after "already exists".
        for directory in {self.path, self.path.parent, *(place.parent for place in missing)}:
            _fsync_directory(directory)
        return self

    def open_to_others(self) -> list[Path]:
        """What in it other users of this machine may read: the directory itself, the database's files."""
        database = self.database.name
        places = (self.path, *sorted(self.path.glob(f"{database}*")))
        return [place for place in places if place.exists() and place.stat().st_mode & 0o077]

    def log(self, name: str) -> Path:
        """Where the output of the child of that name goes."""
        return self.logs / f"{name}.log"

    @property
    def hold(self) -> Path:
        """The file by which a stack sees whether children of an earlier one are still ending."""
        return self.run / "children.lock"

    @property
    def simulator(self) -> Path:
        """The file with the address of the provider's stand-in, while a stack runs one."""
        return self.run / "simulator"

    def lock(self) -> StackLock:
        """The lock of the one stack on this directory, not yet taken."""
        return StackLock(self.run / "stack.lock")

    def socket(self, name: str) -> Path:
        """Where the Unix socket of that name lies; the same answer for every process.

        In `run/` if the path fits into a socket address, else in a private temporary directory that
        `run/sockets-elsewhere` names. Call `make` first.
        """
        path = self.run / f"{name}.sock"
        if _fits(path):
            return path
        with _locked(self.run / "sockets.lock"):
            return self._sockets_elsewhere() / path.name

    def _sockets_elsewhere(self) -> Path:
        record = self.run / "sockets-elsewhere"
        recorded = Path(record.read_text("utf-8")) if record.exists() else None
        if recorded is not None and _is_ours_alone(recorded):
            return recorded
        made = _short_private_directory()
        unfinished = record.with_suffix(".new")
        unfinished.write_text(str(made), "utf-8")
        unfinished.replace(record)
        return made


class StackLock:
    """One stack per data directory: held by one process at a time, and given up by its death."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._fd: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._fd is not None

    def try_acquire(self) -> bool:
        """Takes the lock if it is free, without waiting. True also if we hold it already."""
        if self._fd is None:
            self._fd = _try_flock(self._path)
            if self._fd is not None:
                os.ftruncate(self._fd, 0)
                os.pwrite(self._fd, f"{os.getpid()}\n".encode(), 0)
        return self._fd is not None

    def wait(self, timeout_s: float, *, every_s: float = 1.0, clock: Clock | None = None) -> bool:
        """Tries again and again for that long; False if another process keeps the lock."""
        clock = clock or SystemClock()
        deadline = clock.boottime() + timeout_s
        while not self.try_acquire():
            left_s = deadline - clock.boottime()
            if left_s <= 0:
                return False
            clock.sleep(min(every_s, left_s))
        return True

    def holder(self) -> int | None:
        """The process id that the last holder wrote down, for people; None if nobody did."""
        try:
            return int(self._path.read_text("ascii"))
        except (FileNotFoundError, ValueError):
            return None

    def release(self) -> None:
        """Gives the lock up; call it after the stack has stopped."""
        if self._fd is not None:
            os.close(self._fd)
            self._fd = None


def _try_flock(path: Path) -> int | None:
    # Children do not inherit the descriptor (PEP 446), so the lock goes with this very process.
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(fd)
        return None
    return fd


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _fits(path: Path) -> bool:
    return len(os.fsencode(path)) <= SOCKET_PATH_BYTES_MAX


def _is_ours_alone(directory: Path) -> bool:
    """A directory in /tmp may have been swept away and made again by somebody else."""
    try:
        status = directory.lstat()
    except FileNotFoundError:
        return False
    return (
        stat.S_ISDIR(status.st_mode)
        and status.st_uid == os.geteuid()
        and stat.S_IMODE(status.st_mode) == _PRIVATE
    )


def _short_private_directory() -> Path:
    preferred = Path(tempfile.gettempdir())
    room_for_names = preferred / "promptrelay-12345678" / ("x" * 40)
    parent = preferred if _fits(room_for_names) else Path("/tmp")  # noqa: S108 - mkdtemp makes it private
    return Path(tempfile.mkdtemp(prefix="promptrelay-", dir=parent))


def _fsync_directory(directory: Path) -> None:
    try:
        fd = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
    except PermissionError:  # A parent that we may enter but not read was not made by us.
        return
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
