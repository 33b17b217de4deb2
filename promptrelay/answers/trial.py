"""Tries a store of answers with one object: it takes, gives, never overwrites and deletes."""

from __future__ import annotations

from contextlib import suppress

from promptrelay.answers.errors import AnswerError
from promptrelay.answers.store import AnswerStore
from promptrelay.domain.ids import new_id

_BODY = b"written by promptrelay to try this store\n"


def what_is_wrong(store: AnswerStore, key: str = "", body: bytes = _BODY) -> str | None:
    """What the store does not do as it must; None when all is well. Raises AnswerError.

    The object is new and is deleted again; without a key it lies in a folder of its own.
    """
    key = key or f"doctor/{new_id()}.txt"
    try:
        wrong = _what_is_wrong(store, key, body)
    except AnswerError:
        _tidy_up(store, key)
        raise
    if wrong is not None:
        _tidy_up(store, key)
        return wrong
    store.delete(key)
    return "does not delete" if store.exists(key) else None


def _tidy_up(store: AnswerStore, key: str) -> None:
    """What is wrong is what counts, not that it cannot be tidied up either."""
    with suppress(AnswerError):
        store.delete(key)


def _what_is_wrong(store: AnswerStore, key: str, body: bytes) -> str | None:
    if not store.put_new(key, body):
        return "says that a new object exists already"
    if store.put_new(key, b"second") or store.get(key) != body:
        return "overwrites what is there"
    return None
