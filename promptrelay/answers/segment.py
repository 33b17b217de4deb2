"""A segment: answers of one run and platform as compressed JSON Lines, named by its content (P18)."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec
import zstandard

from promptrelay.answers.errors import AnswerDamaged, EntryUnusable

MAX_SEGMENT_BYTES = 64 * 1024 * 1024
"""The size of a compacted segment before compression."""
MAX_DECODED_BYTES = 8 * MAX_SEGMENT_BYTES
"""What is never unpacked: no segment of ours grows so large."""

_ONE_LINE = bytes.maketrans(b"\r\n", b"  ")
_LEVEL = 3
_ENTRY = b',"entry":'
"""Ends the head of a line: within the head every quote is escaped, so its first occurrence is the key."""


@dataclass(frozen=True, slots=True)
class Line:
    """One answer with what is needed to place it; `received_at` in seconds since the epoch.

    `entry` is the provider's task object as raw JSON text, kept as it was written, numbers included.
    """

    attempt_id: str
    job_id: str
    run_id: str
    platform: str
    method: str
    provider_id: str | None
    received_at: float
    entry: bytes


@dataclass(frozen=True, slots=True)
class LinePlace:
    """Where an answer stands: the line, counted from 1, and the SHA-256 of that line without its newline."""

    line_no: int
    line_sha256: str


@dataclass(frozen=True, slots=True)
class RawLine:
    """A line as it is stored, without its newline."""

    attempt_id: str
    provider_id: str
    raw: bytes


@dataclass(frozen=True, slots=True)
class Segment:
    """What is written under a key that ends in `sha256`; `size` is in bytes before compression.

    Of two provider tasks of one attempt both lines are kept (P10); the placement is of the one given first.
    """

    sha256: str
    body: bytes
    size: int
    lines: int
    placements: dict[str, LinePlace]


class _Head(msgspec.Struct):
    attempt_id: str
    job_id: str
    run_id: str
    platform: str
    method: str
    provider_id: str | None
    received_at: float


_heads = msgspec.json.Encoder()
_head_of = msgspec.json.Decoder(_Head)
_objects = msgspec.json.Decoder(dict[str, msgspec.Raw])


def encode_segment(lines: Iterable[Line]) -> Segment:
    """The lines as one segment, sorted by attempt, so that the same answers always get the same key.

    An answer given twice (same attempt, same provider task) is kept once. Raises EntryUnusable, and
    ValueError for no lines.
    """
    return pack_segment(RawLine(line.attempt_id, line.provider_id or "", encode_line(line)) for line in lines)


def pack_segment(lines: Iterable[RawLine]) -> Segment:
    """The stored lines as one segment, byte for byte as they were. Raises ValueError for no lines."""
    first: dict[str, str] = {}
    chosen: dict[tuple[str, str], bytes] = {}
    for line in lines:
        first.setdefault(line.attempt_id, line.provider_id)
        chosen.setdefault((line.attempt_id, line.provider_id), line.raw)
    if not chosen:
        raise ValueError("a segment has at least one line")
    ordered = sorted(chosen)
    placements = {
        attempt_id: LinePlace(line_no, _sha256(chosen[attempt_id, provider_id]))
        for line_no, (attempt_id, provider_id) in enumerate(ordered, 1)
        if first[attempt_id] == provider_id
    }
    text = b"".join(chosen[name] + b"\n" for name in ordered)
    body = zstandard.ZstdCompressor(level=_LEVEL, write_checksum=True).compress(text)
    return Segment(_sha256(text), body, len(text), len(ordered), placements)


def encode_line(line: Line) -> bytes:
    """The line's JSON with the provider's text spliced in unchanged but for newlines between its tokens.

    JSON allows raw newlines only as white space, so a space says the same. Raises EntryUnusable.
    """
    if not _is_object(line.entry):
        raise EntryUnusable(f"attempt {line.attempt_id}: not one JSON object")
    head = _heads.encode(
        _Head(
            attempt_id=line.attempt_id,
            job_id=line.job_id,
            run_id=line.run_id,
            platform=line.platform,
            method=line.method,
            provider_id=line.provider_id,
            received_at=line.received_at,
        )
    )
    return head[:-1] + _ENTRY + line.entry.translate(_ONE_LINE).strip() + b"}"


def decode_line(raw: bytes) -> Line:
    """The answer in a stored line. Raises AnswerDamaged."""
    head, _, rest = raw.partition(_ENTRY)
    try:
        found = _head_of.decode(head + b"}")
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise AnswerDamaged("a stored line is not what was written") from None
    if not (rest.startswith(b"{") and rest.endswith(b"}}")):
        raise AnswerDamaged("a stored line holds no entry")
    fields: dict[str, Any] = {name: getattr(found, name) for name in _Head.__struct_fields__}
    return Line(**fields, entry=rest[:-1])


def _is_object(entry: bytes) -> bool:
    try:
        _objects.decode(entry.decode())
    except (UnicodeDecodeError, RecursionError):
        return False
    except msgspec.DecodeError:
        # An answer cut within an emoji holds half a surrogate pair, which only the standard library reads.
        return _is_object_by_the_standard_library(entry)
    return True


def _is_object_by_the_standard_library(entry: bytes) -> bool:
    try:
        # As texts: it counts no number of thousands of digits, although that is JSON as well.
        return isinstance(json.loads(entry, parse_int=str, parse_constant=_refuse), dict)
    except (ValueError, RecursionError):
        return False


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")


def unpack(body: bytes) -> bytes:
    """The segment's text. Raises AnswerDamaged."""
    try:
        size = zstandard.frame_content_size(body)
        if not 0 < size <= MAX_DECODED_BYTES:
            raise AnswerDamaged("a segment claims an impossible size")
        text = zstandard.ZstdDecompressor().decompress(body, allow_extra_data=False)
    except zstandard.ZstdError:
        raise AnswerDamaged("a segment cannot be unpacked") from None
    if not text.endswith(b"\n"):
        raise AnswerDamaged("a segment ends within a line")
    return text


def proven(raw: bytes, expected_sha256: str) -> bytes:
    """The line itself if its hash is the expected one. Raises AnswerDamaged."""
    if _sha256(raw) != expected_sha256:
        raise AnswerDamaged("a stored line has another hash than its row")
    return raw


def read_line(body: bytes, line_no: int, expected_sha256: str) -> Line:
    """One answer of a segment, proven by its hash; lines count from 1. Raises AnswerDamaged."""
    (raw,) = raw_lines(body, [LinePlace(line_no, expected_sha256)])
    return decode_line(raw)


def raw_lines(body: bytes, places: Iterable[LinePlace]) -> Iterator[bytes]:
    """The stored lines at those places, each proven by its hash. Raises AnswerDamaged."""
    lines = list(iter_raw(body))
    for place in places:
        if not 1 <= place.line_no <= len(lines):
            raise AnswerDamaged("a segment is shorter than its rows say")
        yield proven(lines[place.line_no - 1], place.line_sha256)


def iter_raw(body: bytes) -> Iterator[bytes]:
    """Every line of a segment without its newline. Raises AnswerDamaged."""
    text = unpack(body)
    start = 0
    while start < len(text):
        end = text.index(b"\n", start)
        yield text[start:end]
        start = end + 1


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
