"""Deletes segments that no row refers to once they are 7 days old; they are legal until then (P18)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

from celery import shared_task

from promptrelay.answers.errors import AnswerError
from promptrelay.answers.layout import account_segments
from promptrelay.answers.store import StoredObject
from promptrelay.database.segments.segments import referred
from workers.rooms import Rooms

log = logging.getLogger(__name__)

KEPT_S = 7 * 86_400.0
_AT_ONCE = 500


@shared_task(bind=True, name="upkeep.tidy")
def tidy(self: Any) -> None:
    """Delete what is left over; trouble with the store waits for the next turn."""
    try:
        deleted = delete_unreferenced(self.app.rooms)
        parts = self.app.rooms.answers.sweep_parts(KEPT_S)
    except AnswerError as error:
        log.error("tidying.failed", extra={"why": str(error)})
    else:
        log.info("segments.tidied", extra={"deleted": deleted, "parts": parts})


def delete_unreferenced(rooms: Rooms) -> int:
    """Delete old segments without a row, and say how many. Raises AnswerError."""
    deleted = 0
    for batch in _batches(_old(rooms)):
        with rooms.database.read() as connection:
            kept = referred(connection, batch)
        for key in sorted(set(batch) - kept):
            rooms.answers.delete(key)
            deleted += 1
    return deleted


def _old(rooms: Rooms) -> Iterator[StoredObject]:
    """A Live answer's object may be the only copy of what a commit has not recorded yet: those stay."""
    before = rooms.clock.now() - KEPT_S
    for item in rooms.answers.list(account_segments(rooms.account)):
        if item.modified_at < before:
            yield item


def _batches(items: Iterator[StoredObject]) -> Iterator[list[str]]:
    batch: list[str] = []
    for item in items:
        batch.append(item.key)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch
