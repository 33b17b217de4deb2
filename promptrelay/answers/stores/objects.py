"""What a store lists, and which keys it takes."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.answers.errors import KeyRefused

MAX_NAME_BYTES = 200
"""File systems take 255 bytes a name; object stores take 1,024 for the whole key."""
MAX_KEY_BYTES = 900


@dataclass(frozen=True, slots=True)
class StoredObject:
    """One object as its store lists it; `size` in bytes, `modified_at` in seconds since the epoch."""

    key: str
    size: int
    modified_at: float


def checked(key: str) -> str:
    """The key itself if it is a relative path of plain names. Raises KeyRefused.

    A name does not begin with a dot: that keeps `..` out, and our own unfinished files apart.
    """
    names = key.split("/")
    if not all(map(_is_plain, names)) or len(key.encode("utf-8", "replace")) > MAX_KEY_BYTES:
        raise KeyRefused(f"not a relative path of plain names: {key[:80]!r}")
    return key


def checked_prefix(prefix: str) -> str:
    """The folder without its trailing slash; empty for everything. Raises KeyRefused."""
    return checked(prefix.removesuffix("/")) if prefix else ""


def _is_plain(name: str) -> bool:
    if not name or name.startswith(".") or "\\" in name or not name.isprintable():
        return False
    return len(name.encode("utf-8", "replace")) <= MAX_NAME_BYTES
