"""A Live answer as evidence: from the reply, or from the object that outlived the worker (P19)."""

from __future__ import annotations

import hashlib

from promptrelay.answers.segment import decode_line, iter_raw
from promptrelay.database.segments.segments import StoredSegment
from promptrelay.dataforseo.wire.reply import read_entry
from promptrelay.domain.attempt import nameless
from promptrelay.domain.evidence import Answered, Placement
from workers.collecting.collected import AttemptFacts, Collected


def answered_live(item: Collected, placement: Placement) -> Answered:
    """The evidence in a Live answer that is stored there; its entry carries the whole cost."""
    return Answered(
        attempt_id=item.attempt["id"],
        provider_id=item.provider_id,
        spent=item.entry.result.money_spent if item.entry.result else None,
        cost=item.entry.cost,
        status_code=item.entry.status_code or 0,
        placement=placement,
        received_at=item.received_at,
    )


def stored_live(key: str, attempt: AttemptFacts, body: bytes) -> StoredSegment:
    """The row of the object with that one answer."""
    return StoredSegment(key, attempt["run_id"], attempt["platform"], 1, len(body))


def read_live(key: str, attempt: AttemptFacts, body: bytes) -> tuple[Collected, Placement]:
    """The answer in such an object. Raises AnswerDamaged."""
    (raw,) = iter_raw(body)
    line = decode_line(raw)
    provider_id = line.provider_id or nameless(line.attempt_id)
    item = Collected(attempt, provider_id, read_entry(line.entry), line.received_at)
    return item, Placement(key, 1, hashlib.sha256(raw).hexdigest())
