"""A file in the making, beside its place: it appears whole, and a cut-off one is gone on with."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from promptrelay.results.errors import ResultsUnwritable

_SUFFIX = ".promptrelay-part"
_PIECE = 1024 * 1024
_PRIVATE = 0o600
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW


class PartFile:
    """What has been written so far; `kept` is the state given with the last checkpoint, if there is one."""

    def __init__(self, path: Path, file: BinaryIO, identity: str) -> None:
        self._path, self._file, self._identity = path, file, identity
        self._hash = hashlib.sha256()
        self._size = 0
        self.kept: Mapping[str, Any] | None = None

    def write(self, piece: bytes) -> None:
        """Add a piece. Raises ResultsUnwritable."""
        try:
            self._file.write(piece)
        except OSError as error:
            raise _unwritable(self._path, error) from error
        self._hash.update(piece)
        self._size += len(piece)

    def checkpoint(self, state: Mapping[str, Any]) -> None:
        """Keep what has been written, and the state to go on from, whatever happens to this process."""
        try:
            self._file.flush()
            note = {
                "of": self._identity,
                "size": self._size,
                "sha256": self._hash.hexdigest(),
                "state": state,
            }
            fresh = _beside(self._path, ".json.new")
            fresh.unlink(missing_ok=True)
            with os.fdopen(os.open(fresh, _NEW, _PRIVATE), "w", encoding="utf-8") as file:
                json.dump(note, file)
            fresh.replace(_note(self._path))
        except OSError as error:
            raise _unwritable(self._path, error) from error
        self.kept = state

    def restore(self) -> None:
        """Take up a checkpoint of the same identity if the file still begins with what it speaks of."""
        found = _checkpoint(self._path, self._identity)
        if found is None or not self._begins_with(found["size"], found["sha256"]):
            self._hash, self._size = hashlib.sha256(), 0
            _note(self._path).unlink(missing_ok=True)
        else:
            self.kept = found["state"]
        self._file.seek(self._size)
        self._file.truncate()

    def _begins_with(self, size: int, sha256: str) -> bool:
        self._file.seek(0)
        while self._size < size and (piece := self._file.read(min(_PIECE, size - self._size))):
            self._hash.update(piece)
            self._size += len(piece)
        return self._size == size and self._hash.hexdigest() == sha256


@contextmanager
def part_file(path: Path, *, identity: str) -> Iterator[PartFile]:
    """A file that takes the path's place, durable, when the block ends.

    When it raises, the place is as it was; what was written stays beside it if there is a checkpoint, and
    the next one with the same identity goes on there. Raises ResultsUnwritable.
    """
    with _locked(path) as file:
        part = PartFile(path, file, identity)
        try:
            part.restore()
            yield part
            _finish(path, file)
        except BaseException:
            if part.kept is None:
                _beside(path).unlink(missing_ok=True)
            raise


def _beside(path: Path, ending: str = "") -> Path:
    return path.with_name(f"{path.name}{_SUFFIX}{ending}")


def _note(path: Path) -> Path:
    return _beside(path, ".json")


@contextmanager
def _locked(path: Path) -> Iterator[BinaryIO]:
    try:
        # A link that somebody has put there is not followed: what it points to would be overwritten.
        file = os.fdopen(os.open(_beside(path), os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, _PRIVATE), "r+b")
    except OSError as error:
        raise _foreign(path) if error.errno == errno.ELOOP else _unwritable(path, error) from error
    with file:
        _check_own(path, file)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_there = _beside(path).lstat().st_ino == os.fstat(file.fileno()).st_ino
        except (BlockingIOError, FileNotFoundError):
            is_there = False
        if not is_there:
            raise ResultsUnwritable(f"{path}: another command is writing it just now")
        yield file


def _check_own(path: Path, file: BinaryIO) -> None:
    """Answers go into a file of ours alone, that has no other name."""
    found = os.fstat(file.fileno())
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid() or found.st_nlink > 1:
        raise _foreign(path)
    os.fchmod(file.fileno(), _PRIVATE)


def _foreign(path: Path) -> ResultsUnwritable:
    return ResultsUnwritable(f"{_beside(path)}: not a file of ours; find out who put it there, and delete it")


def _finish(path: Path, file: BinaryIO) -> None:
    try:
        file.flush()
        os.fsync(file.fileno())
        _beside(path).replace(path)
        _note(path).unlink(missing_ok=True)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except OSError as error:
        raise _unwritable(path, error) from error


def _checkpoint(path: Path, identity: str) -> dict[str, Any] | None:
    try:
        found = json.loads(_note(path).read_text("utf-8"))
    except (OSError, ValueError):
        return None
    is_ours = isinstance(found, dict) and found.get("of") == identity
    return found if is_ours and found.keys() >= {"size", "sha256", "state"} else None


def _unwritable(path: Path, error: OSError) -> ResultsUnwritable:
    return ResultsUnwritable(f"{path}: cannot be written ({error.strerror})")
