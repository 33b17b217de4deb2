"""Merges small segments into large ones and writes the manifests of finished runs (P18)."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

import sqlalchemy as sa
from celery import shared_task

from promptrelay.answers.compact import Source, merge
from promptrelay.answers.errors import AnswerDamaged, AnswerError, AnswerMissing
from promptrelay.answers.layout import segment_key
from promptrelay.answers.manifest import SegmentRow, write_manifest
from promptrelay.answers.segment import LinePlace, iter_raw
from promptrelay.answers.store import AnswerStore
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.segments import compaction
from promptrelay.database.segments.segments import StoredSegment

log = logging.getLogger(__name__)


@shared_task(bind=True, name="upkeep.compact")
def compact(self: Any) -> None:
    """Merge what is worth it; trouble with the store waits for the next turn."""
    rooms = self.app.rooms
    try:
        tidy_up(rooms.database, rooms.answers, rooms.account)
    except AnswerError as error:
        log.error("compaction.failed", extra={"why": str(error)})


def tidy_up(database: Database, answers: AnswerStore, account: str) -> None:
    """Merge every pile there is, then write the manifests that are missing. Raises AnswerError."""
    with database.read() as connection:
        found = compaction.piles(connection, account)
    for pile in found:
        try:
            _merge(database, answers, account, pile)
        except (AnswerDamaged, AnswerMissing):
            # Its rows stay where they are, and other runs are merged; `refetch` mends it.
            log.error("pile.unreadable", extra={"run": pile.run_id, "platform": pile.platform})
    with database.read() as connection:
        finished = compaction.without_manifest(connection, account)
    for run in finished:
        _write_manifest(database, answers, run)


def _merge(database: Database, answers: AnswerStore, account: str, pile: compaction.Pile) -> None:
    with database.read() as connection:
        places = compaction.places(connection, pile.keys)
    sources = (
        Source(answers.get(key), [LinePlace(p.line_no, p.line_sha256) for p in places.get(key, [])])
        for key in pile.keys
    )
    for segment in merge(sources):
        key = segment_key(account, pile.run_id, pile.platform, segment.sha256)
        answers.put_new(
            key, segment.body
        )  # P17: durable first; the old ones stay until they are unreferenced.
        lines = {hashlib.sha256(raw).hexdigest(): n for n, raw in enumerate(iter_raw(segment.body), 1)}
        stored = StoredSegment(key, pile.run_id, pile.platform, segment.lines, len(segment.body))
        with database.write() as connection:
            compaction.switch(connection, stored, lines, [old for old in pile.keys if old != key])


def _write_manifest(database: Database, answers: AnswerStore, run: sa.RowMapping) -> None:
    with database.read() as connection:
        lines = compaction.answer_lines(connection, run["id"])
        written_at = database_time(connection)
    rows = [SegmentRow(key, platform, sorted(numbers)) for (platform, key), numbers in lines.items()]
    key = write_manifest(
        answers,
        rows,
        account=run["account"],
        campaign=run["campaign"],
        run_id=run["id"],
        written_at=written_at,
    )
    with database.write() as connection:
        compaction.note_manifest(connection, run["id"], key)
