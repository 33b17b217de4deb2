"""Merging small segments loses nothing, changes nothing and keeps to its bounds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptrelay.answers.compact import Source, merge
from promptrelay.answers.errors import AnswerDamaged
from promptrelay.answers.segment import (
    Line,
    LinePlace,
    Segment,
    decode_line,
    encode_segment,
    iter_raw,
    read_line,
)


def segment_of(*attempts: str, text: str = "x") -> Segment:
    return encode_segment(
        Line(
            attempt,
            "J",
            "R",
            "claude",
            "standard",
            f"p-{attempt}",
            1.5,
            f'{{"t":"{text}{attempt}"}}'.encode(),
        )
        for attempt in attempts
    )


def kept(segment: Segment) -> Source:
    return Source(segment.body, segment.placements.values())


@given(
    st.lists(st.sets(st.integers(0, 999), min_size=1, max_size=20), min_size=1, max_size=8),
    st.integers(1, 30),
    st.integers(1, 3000),
)
def test_every_kept_line_is_in_the_merged_segments_under_its_old_hash(
    groups: list[set[int]], max_lines: int, max_bytes: int
) -> None:
    small = [segment_of(*(f"{part}-{number:03}" for number in group)) for part, group in enumerate(groups)]
    merged = list(merge(map(kept, small), max_lines=max_lines, max_bytes=max_bytes))
    old = {attempt: place.line_sha256 for one in small for attempt, place in one.placements.items()}
    new = {attempt: place.line_sha256 for one in merged for attempt, place in one.placements.items()}
    assert new == old
    assert all(one.lines <= max_lines and (one.size <= max_bytes or one.lines == 1) for one in merged)
    for one in merged:
        for attempt, place in one.placements.items():
            assert read_line(one.body, place.line_no, place.line_sha256).attempt_id == attempt


def test_lines_that_nothing_refers_to_are_left_behind() -> None:
    small = segment_of("A", "B", "C")
    (merged,) = merge([Source(small.body, [small.placements["B"]])])
    assert [line.attempt_id for line in map(decode_line, iter_raw(merged.body))] == ["B"]


def test_an_answer_that_two_segments_hold_is_kept_once() -> None:
    (merged,) = merge([kept(segment_of("A", "B")), kept(segment_of("B", "C"))])
    assert merged.lines == 3


def test_nothing_to_keep_makes_no_segment() -> None:
    assert list(merge([Source(segment_of("A").body, [])])) == []


def test_damage_is_never_copied() -> None:
    small = segment_of("A")
    with pytest.raises(AnswerDamaged):
        list(merge([Source(small.body, [LinePlace(1, "0" * 64)])]))


def test_few_segments_become_one() -> None:
    small = [segment_of(f"A{number}") for number in range(200)]
    (merged,) = merge(map(kept, small))
    assert merged.lines == 200
