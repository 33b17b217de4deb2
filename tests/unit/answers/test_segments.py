"""Segments keep every answer exactly as it was written, and notice when they do not."""

from __future__ import annotations

import hashlib
import json

import pytest
import zstandard
from hypothesis import given
from hypothesis import strategies as st

from promptrelay.answers.errors import AnswerDamaged, EntryUnusable
from promptrelay.answers.segment import Line, LinePlace, decode_line, encode_segment, iter_raw, read_line


def line(attempt_id: str = "A1", entry: bytes = b'{"id":"p1"}', **changes: object) -> Line:
    facts: dict[str, object] = {
        "attempt_id": attempt_id,
        "job_id": "J1",
        "run_id": "R1",
        "platform": "chat_gpt",
        "method": "standard",
        "provider_id": f"provider-{attempt_id}",
        "received_at": 1_790_000_000.25,
        "entry": entry,
    }
    return Line(**(facts | changes))  # type: ignore[arg-type]


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
entries = st.builds(
    lambda value, indent, ascii_only: json.dumps(value, indent=indent, ensure_ascii=ascii_only),
    st.dictionaries(st.text(), json_values, max_size=5),
    st.sampled_from([None, 2]),
    st.booleans(),
).map(lambda text: text.encode("utf-8", "replace"))
contexts = st.fixed_dictionaries(
    {
        "job_id": st.text(max_size=40).filter(lambda text: text.isprintable()),
        "provider_id": st.none() | st.text(alphabet='abc-0123456789\n"\\', max_size=40),
        "received_at": st.floats(min_value=0, max_value=1e11),
    }
)


@given(
    st.dictionaries(
        st.text(alphabet="0123456789ABCDEF", min_size=1), st.tuples(entries, contexts), min_size=1
    )
)
def test_every_answer_comes_back_value_for_value(answers: dict[str, tuple[bytes, dict[str, object]]]) -> None:
    given_lines = [line(attempt, entry, **context) for attempt, (entry, context) in answers.items()]
    segment = encode_segment(given_lines)
    for wanted in given_lines:
        place = segment.placements[wanted.attempt_id]
        found = read_line(segment.body, place.line_no, place.line_sha256)
        assert json.loads(found.entry) == json.loads(wanted.entry)
        assert (found.job_id, found.provider_id, found.received_at) == (
            wanted.job_id,
            wanted.provider_id,
            wanted.received_at,
        )


@given(st.permutations([line(f"A{number}") for number in range(6)]))
def test_the_same_answers_get_the_same_key_in_whatever_order_they_come(lines: list[Line]) -> None:
    segment = encode_segment(lines)
    assert segment.sha256 == encode_segment(sorted(lines, key=lambda one: one.attempt_id)).sha256
    assert [found.attempt_id for found in map(decode_line, iter_raw(segment.body))] == [
        f"A{number}" for number in range(6)
    ]


@pytest.mark.parametrize(
    "number", ["0.029042400000000003", "1E-7", "0.0102000", "12345678901234567890123", "-0"]
)
def test_numbers_stay_as_they_were_written(number: str) -> None:
    entry = f'{{"cost": {number}, "s": "\\u00e9\\n"}}'.encode()
    (found,) = map(decode_line, iter_raw(encode_segment([line(entry=entry)]).body))
    assert found.entry == entry


def test_an_entry_over_several_lines_becomes_one_line() -> None:
    entry = b'{\r\n  "text": "first\\nsecond",\n  "n": 1\n}\n'
    segment = encode_segment([line(entry=entry), line("A2")])
    assert zstandard.ZstdDecompressor().decompress(segment.body).count(b"\n") == 2
    assert json.loads(next(map(decode_line, iter_raw(segment.body))).entry) == {
        "text": "first\nsecond",
        "n": 1,
    }


def test_the_key_is_the_hash_of_the_text_before_compression() -> None:
    segment = encode_segment([line("A2"), line("A1")])
    text = zstandard.ZstdDecompressor().decompress(segment.body)
    assert segment.sha256 == hashlib.sha256(text).hexdigest()
    assert (segment.size, segment.lines) == (len(text), 2)
    first = text.split(b"\n")[0]
    assert segment.placements["A1"] == LinePlace(1, hashlib.sha256(first).hexdigest())
    assert json.loads(first)["entry"] == {"id": "p1"}


def test_an_answer_given_twice_is_kept_once() -> None:
    assert encode_segment([line(), line(received_at=5.0)]).lines == 1


def test_two_provider_tasks_of_one_attempt_are_both_kept() -> None:
    """The placement is that of the first one given; the second is paid for too (P10)."""
    segment = encode_segment(
        [line(provider_id="z", entry=b'{"n":1}'), line(provider_id="a", entry=b'{"n":2}')]
    )
    place = segment.placements["A1"]
    assert segment.lines == 2
    assert read_line(segment.body, place.line_no, place.line_sha256).entry == b'{"n":1}'


@pytest.mark.parametrize(
    "entry",
    [
        b"",
        b"[]",
        b"1",
        b'{"a":1',
        b'{"a":1}}',
        b'{"a":1},"x":{}',
        b'{"a":[1,]}',
        b'{"a":"\xff"}',
        b'{"a":"b\nc"}',
    ],
)
def test_an_entry_that_is_not_one_json_object_is_refused(entry: bytes) -> None:
    with pytest.raises(EntryUnusable) as refused:
        encode_segment([line(entry=entry)])
    assert "A1" in str(refused.value)


def test_no_lines_make_no_segment() -> None:
    with pytest.raises(ValueError, match="at least one line"):
        encode_segment([])


def test_half_a_surrogate_pair_is_kept_as_it_was_written() -> None:
    entry = b'{"text":"\\ud83d"}'
    (found,) = map(decode_line, iter_raw(encode_segment([line(entry=entry)]).body))
    assert found.entry == entry


@given(st.data())
def test_any_changed_byte_is_noticed(data: st.DataObject) -> None:
    segment = encode_segment([line(entry=b'{"text":"' + bytes(range(97, 123)) * 9 + b'"}')])
    place = segment.placements["A1"]
    at = data.draw(st.integers(0, len(segment.body) - 1))
    flipped = segment.body[at] ^ data.draw(st.integers(1, 255))
    body = segment.body[:at] + bytes([flipped]) + segment.body[at + 1 :]
    try:
        found = read_line(body, place.line_no, place.line_sha256)
    except AnswerDamaged:
        return
    assert found == read_line(segment.body, place.line_no, place.line_sha256)


@pytest.mark.parametrize("keep", [0, 1, 10, -1])
def test_a_segment_that_was_cut_is_damaged(keep: int) -> None:
    with pytest.raises(AnswerDamaged):
        list(iter_raw(encode_segment([line()]).body[:keep]))


@pytest.mark.parametrize("line_no", [-1, 0, 2])
def test_a_line_that_is_not_there_is_damage(line_no: int) -> None:
    segment = encode_segment([line()])
    with pytest.raises(AnswerDamaged):
        read_line(segment.body, line_no, segment.placements["A1"].line_sha256)


def test_a_line_with_another_hash_is_damage() -> None:
    segment = encode_segment([line("A1"), line("A2")])
    with pytest.raises(AnswerDamaged, match="another hash"):
        read_line(segment.body, 1, segment.placements["A2"].line_sha256)


def test_a_segment_that_claims_a_giant_size_is_not_unpacked() -> None:
    bomb = zstandard.ZstdCompressor().compress(bytes(600 * 1024 * 1024))
    with pytest.raises(AnswerDamaged, match="impossible size"):
        list(iter_raw(bomb))
