"""The highest number of an account's paid calls, remembered in the store outside database and Redis (P30)."""

from __future__ import annotations

from promptrelay.answers.layout import post_number_key, post_numbers
from promptrelay.answers.store import AnswerStore

_KEPT = 2


def remembered(store: AnswerStore, account: str, deployment: str) -> int:
    """The highest number that was ever marked; 0 if none was. Raises StoreUnavailable."""
    return max(_numbers(store, account, deployment), default=0)


def remember(store: AnswerStore, account: str, deployment: str, number: int) -> None:
    """Remember this number, and forget all but the last few before it. Raises StoreUnavailable."""
    if number <= 0:
        return
    store.put_new(post_number_key(account, deployment, number), f"{number}\n".encode())
    for old in sorted(_numbers(store, account, deployment))[:-_KEPT]:
        store.delete(post_number_key(account, deployment, old))


def _numbers(store: AnswerStore, account: str, deployment: str) -> list[int]:
    names = (found.key.rpartition("/")[2] for found in store.list(post_numbers(account, deployment)))
    return [int(name) for name in names if name.isdecimal()]
