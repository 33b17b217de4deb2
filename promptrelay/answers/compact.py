"""Merging small segments into large ones. Pure: reads and writes nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from promptrelay.answers.segment import (
    MAX_SEGMENT_BYTES,
    LinePlace,
    RawLine,
    Segment,
    decode_line,
    pack_segment,
    raw_lines,
)

MAX_LINES = 20_000


@dataclass(frozen=True, slots=True)
class Source:
    """A segment as it was read, and which of its lines are still referred to."""

    body: bytes
    keep: Iterable[LinePlace]


def merge(
    sources: Iterable[Source], *, max_bytes: int = MAX_SEGMENT_BYTES, max_lines: int = MAX_LINES
) -> Iterator[Segment]:
    """The kept lines of all sources in as few segments as the bounds allow, in the order they come.

    Lines are copied byte for byte, so that their hashes stay; each is proven first. Only one segment's lines
    are in memory at a time; `max_bytes` counts before compression, and a longer line stands alone. An answer
    that several sources hold is kept once a segment. Raises AnswerDamaged.
    """
    batch: list[RawLine] = []
    size = 0
    for line in (line for source in sources for line in _kept(source)):
        if batch and (len(batch) >= max_lines or size + len(line.raw) + 1 > max_bytes):
            yield pack_segment(batch)
            batch, size = [], 0
        batch.append(line)
        size += len(line.raw) + 1
    if batch:
        yield pack_segment(batch)


def _kept(source: Source) -> Iterator[RawLine]:
    for raw in raw_lines(source.body, source.keep):
        line = decode_line(raw)
        yield RawLine(line.attempt_id, line.provider_id or "", raw)
