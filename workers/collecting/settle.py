"""Answer and money in one step: the segment is durable before a transaction refers to it (P17, P21)."""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Sequence

from promptrelay.answers.layout import segment_key
from promptrelay.answers.segment import encode_segment
from promptrelay.database.attempts import looks
from promptrelay.database.segments.segments import StoredSegment
from promptrelay.domain.evidence import Evidence, Placement
from workers.collecting.collected import Collected
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)


def belongs(rooms: Rooms, item: Collected) -> bool:
    """P8: whether the answer's tag is the attempt's; a mismatch is held and alarmed."""
    if item.is_of(rooms.deployment):
        return True
    log.error("answer.mismatched", extra={"attempt": item.attempt["id"], "provider_id": item.provider_id})
    return False


def name_oddity(item: Collected) -> None:
    """Say that an answer has another number of results than the one that is usual, or than it announces."""
    oddity = item.entry.result.oddity if item.entry.result else None
    if oddity:
        named = {"attempt": item.attempt["id"], "provider_id": item.provider_id, "why": oddity}
        log.warning("answer.odd", extra=named)


def settle(rooms: Rooms, collected: Sequence[Collected], also: Sequence[Evidence] = ()) -> None:
    """Store the answers, then record them together with other evidence of the same batch.

    Raises StoreUnavailable before anything is recorded; the answers can be fetched again.
    """
    groups: dict[tuple[str, str], list[Collected]] = defaultdict(list)
    foreign = []
    for item in collected:
        if belongs(rooms, item):
            name_oddity(item)
            groups[item.attempt["run_id"], item.attempt["platform"]].append(item)
        else:
            foreign.append(item.attempt["id"])
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
            evidence.append(item.answered(Placement(key, place.line_no, place.line_sha256)))
    if evidence:
        rooms.passes("settle.after_segment")
        keep(rooms, evidence, stored)
        rooms.passes("settle.after_commit")
    if foreign:
        with rooms.database.write() as connection:
            looks.hold(connection, foreign, for_s=rooms.pace.poll_max_s)
