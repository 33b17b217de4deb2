"""What lies in the store of answers and belongs to nobody."""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import islice

from sqlalchemy.exc import SQLAlchemyError

from config.settings import Settings
from promptrelay.answers.layout import account_segments
from promptrelay.answers.store import AnswerStore, StoredObject
from promptrelay.cli.checks.finding import Finding, ok, warn
from promptrelay.cli.checks.opened_database import looked_at
from promptrelay.database.database import Database
from promptrelay.database.errors import DatabaseError
from promptrelay.database.segments.segments import referred

_LISTING_S = 2.0
_AT_ONCE = 500
_KEPT_S = 8 * 86_400.0
"""A day more than unreferenced segments are kept."""


def check_segments(settings: Settings, store: AnswerStore) -> Finding:
    """Segments without a row are legal and deleted after 7 days (P18)."""
    try:
        with looked_at(settings) as database:
            if database is None:
                return ok("segments", "none yet")
            count, old, whole = unreferenced(database, store, settings.account)
    except (SQLAlchemyError, DatabaseError):
        return warn("segments", "not counted: the database cannot be read", "mend the database first")
    what = f"{'' if whole else 'at least '}{count} that no answer refers to"
    if old:
        return warn(
            "segments", f"{what}, {old} older than a week", "`promptrelay up` deletes them within a day"
        )
    return ok("segments", what)


def unreferenced(database: Database, store: AnswerStore, account: str) -> tuple[int, int, bool]:
    """How many segments no row refers to, how many of them are old, and whether all were looked at."""
    give_up, oldest = time.monotonic() + _LISTING_S, time.time() - _KEPT_S
    listed = store.list(account_segments(account))
    count = old = 0
    while batch := list(islice(listed, _AT_ONCE)):
        with database.read() as connection:
            known = referred(connection, [item.key for item in batch])
        left = [item for item in batch if item.key not in known]
        count += len(left)
        old += sum(item.modified_at < oldest for item in left)
        if time.monotonic() > give_up:
            return count, old, _is_over(listed)
    return count, old, True


def _is_over(listed: Iterator[StoredObject]) -> bool:
    return next(listed, None) is None
