"""What can go wrong with the books, by what the caller should do about it."""

from __future__ import annotations


class BooksError(Exception):
    """The books cannot be read as asked."""


class RunUnknown(BooksError):
    """There is no such run: nothing was read, name another."""

    def __init__(self, run_id: str) -> None:
        super().__init__(f"there is no run {run_id}")
