"""A run's manifest: which lines of which segments are its answers, written from SQL (P18)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from promptrelay.answers.errors import AnswerDamaged
from promptrelay.answers.layout import manifest_key
from promptrelay.answers.store import AnswerStore

FORMAT = "promptrelay.manifest/1"


class SegmentRow(msgspec.Struct, frozen=True):
    """A segment of the run and the numbers of the lines in it that are the run's answers, counted from 1."""

    key: str
    platform: str
    lines: Sequence[int]


class ListedSegment(msgspec.Struct, frozen=True):
    """A segment in a manifest; `lines` are pairs of the first and last line number of a stretch."""

    key: str
    url: str
    platform: str
    answers: int
    lines: list[tuple[int, int]]

    def line_numbers(self) -> Iterable[int]:
        """Every line number that counts, in ascending order."""
        return (line_no for first, last in self.lines for line_no in range(first, last + 1))


class Manifest(msgspec.Struct, frozen=True):
    """A run's answers at the time of writing; `written_at` in seconds since the epoch."""

    format: str
    account: str
    campaign: str
    run: str
    written_at: float
    answers: int
    segments: list[ListedSegment]


def write_manifest(
    store: AnswerStore,
    rows: Iterable[SegmentRow],
    *,
    account: str,
    campaign: str,
    run_id: str,
    written_at: float,
) -> str:
    """Writes the run's manifest durably and returns its key. Raises StoreUnavailable."""
    listed = [_listed(store, row) for row in sorted(rows, key=lambda row: (row.platform, row.key))]
    manifest = Manifest(
        format=FORMAT,
        account=account,
        campaign=campaign,
        run=run_id,
        written_at=written_at,
        answers=sum(segment.answers for segment in listed),
        segments=listed,
    )
    body = msgspec.json.format(msgspec.json.encode(manifest), indent=1) + b"\n"
    key = manifest_key(account, run_id, written_at, body)
    store.put_new(key, body)
    return key


def read_manifest(store: AnswerStore, key: str) -> Manifest:
    """The manifest under a key. Raises AnswerMissing, AnswerDamaged, StoreUnavailable."""
    try:
        manifest = msgspec.json.decode(store.get(key), type=Manifest)
    except msgspec.DecodeError:
        raise AnswerDamaged(f"{key} is no manifest") from None
    if manifest.format != FORMAT:
        raise AnswerDamaged(f"{key} is a manifest of another kind: {manifest.format}")
    return manifest


def _listed(store: AnswerStore, row: SegmentRow) -> ListedSegment:
    lines = _stretches(row.lines)
    return ListedSegment(
        key=row.key,
        url=store.url(row.key),
        platform=row.platform,
        answers=sum(last - first + 1 for first, last in lines),
        lines=lines,
    )


def _stretches(line_numbers: Iterable[int]) -> list[tuple[int, int]]:
    stretches: list[tuple[int, int]] = []
    for line_no in sorted(set(line_numbers)):
        if stretches and line_no == stretches[-1][1] + 1:
            stretches[-1] = (stretches[-1][0], line_no)
        else:
            stretches.append((line_no, line_no))
    return stretches
