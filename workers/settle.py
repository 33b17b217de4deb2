"""Answer and money in one step: the segment is durable before a transaction refers to it (P17, P21)."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.answers.layout import segment_key
from promptrelay.answers.segment import Line, encode_segment
from promptrelay.database.segments import StoredSegment
from promptrelay.dataforseo.wire import Entry
from promptrelay.domain.evidence import Answered, Evidence, Placement
from promptrelay.domain.money import ZERO
from promptrelay.domain.tag import Tag
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Collected:
    """An answer in hand, with the row of the attempt that it belongs to."""

    attempt: sa.RowMapping
    provider_id: str
    entry: Entry
    received_at: float

    def line(self) -> Line:
        """The answer as it is stored."""
        row = self.attempt
        return Line(
            attempt_id=row["id"],
            job_id=row["job_id"],
            run_id=row["run_id"],
            platform=row["platform"],
            method=row["method"],
            provider_id=self.provider_id,
            received_at=self.received_at,
            entry=self.entry.raw,
        )


def belongs(rooms: Rooms, item: Collected) -> bool:
    """P8: whether the answer's tag is the attempt's; a mismatch is held and alarmed."""
    row = item.attempt
    if item.entry.tag is None:
        return True
    if item.entry.tag == str(Tag(rooms.deployment, row["run_id"], row["job_id"], row["id"])):
        return True
    log.error("answer.mismatched", extra={"attempt": row["id"], "provider_id": item.provider_id})
    return False


def settle(rooms: Rooms, collected: Sequence[Collected], also: Sequence[Evidence] = ()) -> None:
    """Store the answers, then record them together with other evidence of the same batch.

    Raises StoreUnavailable before anything is recorded; the answers can be fetched again.
    """
    groups: dict[tuple[str, str], list[Collected]] = defaultdict(list)
    for item in collected:
        if belongs(rooms, item):
            groups[item.attempt["run_id"], item.attempt["platform"]].append(item)
    stored, evidence = [], list(also)
    rooms.passes("settle.before_segment")
    for (run_id, platform), items in groups.items():
        segment = encode_segment(item.line() for item in items)
        key = segment_key(rooms.account, run_id, platform, segment.sha256)
        with rooms.gate.watching():
            rooms.answers.put_new(key, segment.body)  # P17: durable first.
        stored.append(StoredSegment(key, run_id, platform, segment.lines, len(segment.body)))
        for item in items:
            place = segment.placements[item.attempt["id"]]
            evidence.append(_answered(item, Placement(key, place.line_no, place.line_sha256)))
    if evidence:
        rooms.passes("settle.after_segment")
        keep(rooms, evidence, stored)
        rooms.passes("settle.after_commit")


def _answered(item: Collected, placement: Placement) -> Answered:
    result = item.entry.result
    return Answered(
        attempt_id=item.attempt["id"],
        provider_id=item.provider_id,
        spent=(result.money_spent if result else None) or ZERO,
        status_code=item.entry.status_code or 0,
        placement=placement,
        received_at=item.received_at,
    )
