"""Answers on local disk, synced before anyone relies on them (P17)."""

from __future__ import annotations

import errno
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from promptrelay.answers.errors import AnswerMissing, StoreFull, StoreUnavailable
from promptrelay.answers.stores import disk
from promptrelay.answers.stores.objects import StoredObject, checked, checked_prefix

_NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


class LocalStore:
    """An AnswerStore in a folder, which is made when it is opened; any number of processes may share it.

    Needs a file system with hard links. A folder that is gone later is an unavailable store, no empty one.
    """

    def __init__(self, root: Path) -> None:
        self._root = root.absolute()
        self._folders = disk.DurableFolders(self._root)
        with _translated():
            disk.make_root(self._root)

    def put_new(self, key: str, body: bytes) -> bool:
        try:
            with self._available():
                return disk.create(self._path(key), body, self._folders)
        except AnswerMissing:
            raise StoreUnavailable("local disk: a folder is gone or in the way") from None

    def get(self, key: str) -> bytes:
        with self._available():
            return self._path(key).read_bytes()

    def exists(self, key: str) -> bool:
        with self._available():
            return self._path(key).is_file()

    def delete(self, key: str) -> None:
        with self._available():
            self._path(key).unlink(missing_ok=True)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        top = self._root / checked_prefix(prefix)
        with self._available():
            yield from self._below(top)

    def url(self, key: str) -> str:
        return self._path(key).as_uri()

    def sweep_parts(self, older_than_s: float) -> int:
        oldest = time.time() - older_than_s
        with self._available():
            parts = list(self._root.rglob(f".*{disk.PART_SUFFIX}"))
            return sum(_removed(part, oldest) for part in parts)

    def _path(self, key: str) -> Path:
        return self._root / checked(key)

    def _below(self, folder: Path) -> Iterator[StoredObject]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except (FileNotFoundError, NotADirectoryError):
            return
        for entry in entries:
            if entry.name.startswith("."):
                continue
            if entry.is_dir():
                yield from self._below(Path(entry.path))
            else:
                yield from self._one(Path(entry.path))

    def _one(self, path: Path) -> Iterator[StoredObject]:
        try:
            found = path.stat()
        except FileNotFoundError:  # Deleted since the folder was read.
            return
        yield StoredObject(path.relative_to(self._root).as_posix(), found.st_size, found.st_mtime)

    @contextmanager
    def _available(self) -> Iterator[None]:
        with _translated():
            if not self._root.is_dir():
                raise StoreUnavailable(f"the folder is gone: {self._root}")
            yield


def _removed(part: Path, oldest: float) -> bool:
    try:
        if part.stat().st_mtime >= oldest:
            return False
        part.unlink()
    except FileNotFoundError:  # Its writer, or another sweep, was faster.
        return False
    return True


@contextmanager
def _translated() -> Iterator[None]:
    """Says what the caller should do; the message names the disk's reason and no content."""
    try:
        yield
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError) as error:
        raise AnswerMissing(f"no such object: {error.filename}") from error
    except OSError as error:
        policy = StoreFull if error.errno in _NO_ROOM else StoreUnavailable
        raise policy(f"local disk: {error.strerror}") from error
