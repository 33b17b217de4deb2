"""Replies to paid calls that could not be read, kept as they came (P8)."""

from __future__ import annotations

from itertools import islice

from promptrelay.answers.layout import unread_folder
from promptrelay.answers.store import AnswerStore
from promptrelay.cli.checks.finding import Finding, ok, warn

_ENOUGH = 1000


def check_unread(store: AnswerStore, account: str) -> Finding:
    """Nothing of them is lost, but a person must look: the money is counted, the answer is not out yet."""
    folder = unread_folder(account)
    where = store.url(folder.rstrip("/"))
    count = sum(1 for _ in islice(store.list(folder), _ENOUGH))
    if not count:
        return ok("unread", "every reply to a paid call could be read")
    return warn(
        "unread",
        f"{'at least ' if count == _ENOUGH else ''}{count} of what came for paid calls could not be read",
        f"it is kept in {where}; report it, and keep it until the answers are out",
    )
