"""Writing a file so that it is there, whole, after a power cut, or not at all (P17)."""

from __future__ import annotations

import fcntl
import os
import threading
from pathlib import Path

from promptrelay.domain.ids import new_id

PART_SUFFIX = ".part"
_FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)


class DurableFolders:
    """Makes folders below a root whose entries outlive a power cut.

    A folder that another process made may not be on disk yet, so each is synced once by every process; the
    inode tells a folder that was removed and made again.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._synced: set[tuple[Path, int]] = set()
        self._lock = threading.Lock()

    def make(self, folder: Path) -> None:
        """Makes the folder and those between it and the root; the root itself must be there."""
        for missing in reversed([step for step in self._steps(folder) if not step.is_dir()]):
            missing.mkdir(exist_ok=True)

    def sync(self, folder: Path) -> None:
        """Makes the entries of the folder durable, and the way from the root to it."""
        sync_folder(folder)
        for step in self._steps(folder):
            mark = (step, step.stat().st_ino)
            if mark not in self._synced:
                sync_folder(step.parent)
                with self._lock:
                    self._synced.add(mark)

    def _steps(self, folder: Path) -> list[Path]:
        """The folder and its parents below the root, the deepest first."""
        depth = len(folder.relative_to(self._root).parts)
        return [folder, *folder.parents][:depth]


def make_root(root: Path) -> None:
    """Makes a folder and all above it, durably."""
    missing = [step for step in (root, *root.parents) if not step.is_dir()]
    for step in reversed(missing):
        step.mkdir(exist_ok=True)
        sync_folder(step.parent)


def create(path: Path, body: bytes, folders: DurableFolders) -> bool:
    """Writes a new file durably; False if there is one, which is then durable too. Never overwrites.

    Raises OSError; then there is no file under that name, or a whole one.
    """
    folders.make(path.parent)
    created = not path.exists() and _write_and_link(path, body)
    folders.sync(path.parent)  # P17: also after "already exists", whose writer may have died before this.
    return created


def _write_and_link(path: Path, body: bytes) -> bool:
    part = path.parent / f".{new_id()}{PART_SUFFIX}"
    try:
        _write_synced(part, body)
        # A link is refused if the name is taken; a rename would replace what is there.
        os.link(part, path)
    except FileExistsError:
        return False
    finally:
        part.unlink(missing_ok=True)
    return True


def _write_synced(part: Path, body: bytes) -> None:
    with part.open("xb", buffering=0) as file:
        rest = memoryview(body)
        while rest:
            rest = rest[file.write(rest) :]
        sync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Makes the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        sync(descriptor)
    finally:
        os.close(descriptor)


def sync(descriptor: int) -> None:
    """Waits until the disk has it; macOS answers fsync from the drive's cache and needs its own call."""
    if _FULL_SYNC is None:
        os.fsync(descriptor)
    else:
        fcntl.fcntl(descriptor, _FULL_SYNC)
