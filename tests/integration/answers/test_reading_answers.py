"""Answers are found through the manifest and read by their place, on every kind of store."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from promptrelay.answers.compact import Source, merge
from promptrelay.answers.errors import AnswerDamaged, AnswerMissing, StoreUnavailable
from promptrelay.answers.layout import manifest_key, run_manifests, run_segments, segment_key
from promptrelay.answers.manifest import SegmentRow, read_manifest, write_manifest
from promptrelay.answers.reader import AnswerReader
from promptrelay.answers.segment import Line, Segment, encode_segment
from promptrelay.answers.spool import Spool
from promptrelay.answers.store import AnswerStore
from promptrelay.answers.stores.local import LocalStore


class CountingStore:
    """A store that counts what is fetched from it."""

    def __init__(self, store: AnswerStore) -> None:
        self._store = store
        self.fetched: list[str] = []

    def get(self, key: str) -> bytes:
        self.fetched.append(key)
        return self._store.get(key)

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)


def segment_of(part: int, count: int = 5) -> Segment:
    return encode_segment(
        Line(
            f"{part}-{number}",
            "J",
            "R1",
            "gemini",
            "standard",
            f"p{part}-{number}",
            2.0,
            b'{"money_spent": 0.0102000, "n": "%d-%d"}' % (part, number),
        )
        for number in range(count)
    )


def stored(store: AnswerStore, segment: Segment) -> str:
    key = segment_key("main", "R1", "gemini", segment.sha256)
    store.put_new(key, segment.body)
    return key


def test_every_answer_is_read_as_it_was_written_and_each_segment_fetched_once(store: AnswerStore) -> None:
    segments = [segment_of(part) for part in range(4)]
    keys = [stored(store, segment) for segment in segments]
    counting = CountingStore(store)
    reader = AnswerReader(counting)  # type: ignore[arg-type]
    for key, segment in zip(keys, segments, strict=True):
        for attempt, place in segment.placements.items():
            entry = reader.read(key, place.line_no, place.line_sha256)
            assert entry == b'{"money_spent": 0.0102000, "n": "%s"}' % attempt.encode()
            assert reader.read_line(key, place.line_no, place.line_sha256).attempt_id == attempt
    assert counting.fetched == keys


def test_memory_stays_within_its_bound(local_store: AnswerStore) -> None:
    segments = [segment_of(part) for part in range(10)]
    keys = [stored(local_store, segment) for segment in segments]
    counting = CountingStore(local_store)
    reader = AnswerReader(counting, keep_bytes=2 * segments[0].size + 200)  # type: ignore[arg-type]
    first_lines = [
        (key, 1, segment.placements[f"{part}-0"].line_sha256)
        for part, (key, segment) in enumerate(zip(keys, segments, strict=True))
    ]
    for place in first_lines:
        reader.read(*place)
    counting.fetched.clear()
    for place in (first_lines[9], first_lines[8], first_lines[0]):
        reader.read(*place)
    assert counting.fetched == [keys[0]]


def test_threads_may_share_a_reader(local_store: AnswerStore) -> None:
    segments = [segment_of(part) for part in range(6)]
    places = [
        (stored(local_store, segment), place.line_no, place.line_sha256)
        for segment in segments
        for place in segment.placements.values()
    ] * 20
    reader = AnswerReader(local_store, keep_bytes=1)
    with ThreadPoolExecutor(8) as pool:
        read = list(pool.map(lambda place: json.loads(reader.read(*place))["n"], places))
    assert read == [attempt for segment in segments for attempt in segment.placements] * 20


@pytest.mark.parametrize("line_no", [-1, 0, 1, 6])
def test_a_wrong_place_is_damage(local_store: AnswerStore, line_no: int) -> None:
    segment = segment_of(0)
    with pytest.raises(AnswerDamaged):
        AnswerReader(local_store).read(
            stored(local_store, segment), line_no, segment.placements["0-1"].line_sha256
        )


def test_a_segment_that_is_gone_is_missing(local_store: AnswerStore) -> None:
    with pytest.raises(AnswerMissing):
        AnswerReader(local_store).read("segments/none.jsonl.zst", 1, "0" * 64)


def test_readers_need_the_manifest_alone_to_find_a_runs_answers(store: AnswerStore) -> None:
    """A segment that nothing refers to, and lines that do not count, are not in it."""
    counted, partly, unreferenced = (segment_of(part) for part in range(3))
    stored(store, unreferenced)
    rows = [
        SegmentRow(stored(store, counted), "gemini", range(1, 6)),
        SegmentRow(stored(store, partly), "gemini", [5, 1, 2]),
    ]
    key = write_manifest(store, rows, account="main", campaign="brand", run_id="R1", written_at=10.5)
    manifest = read_manifest(store, key)
    assert (manifest.run, manifest.campaign, manifest.answers, manifest.written_at) == (
        "R1",
        "brand",
        8,
        10.5,
    )
    lines = {segment.key: list(segment.line_numbers()) for segment in manifest.segments}
    assert lines == {rows[0].key: [1, 2, 3, 4, 5], rows[1].key: [1, 2, 5]}
    assert all(segment.url == store.url(segment.key) for segment in manifest.segments)


def test_the_last_manifest_counts_and_the_others_stay(store: AnswerStore) -> None:
    row = SegmentRow(stored(store, segment_of(0)), "gemini", [1])
    facts = {"account": "main", "campaign": "brand", "run_id": "R1"}
    earlier = write_manifest(store, [row], **facts, written_at=9.75)  # type: ignore[arg-type]
    later = write_manifest(store, [], **facts, written_at=10.0)  # type: ignore[arg-type]
    assert {one.key for one in store.list(run_manifests("main", "R1"))} == {earlier, later}
    assert max(earlier, later) == later
    found = read_manifest(store, later)
    assert (found.answers, found.written_at) == (0, 10.0)


@pytest.mark.parametrize("body", [b"", b"{}", b'{"format":"other"}', b"[1"])
def test_what_is_no_manifest_is_damage(local_store: AnswerStore, body: bytes) -> None:
    key = manifest_key("main", "R1", 1.0, body)
    local_store.put_new(key, body)
    with pytest.raises(AnswerDamaged):
        read_manifest(local_store, key)


def test_answers_are_the_same_before_and_after_compacting(store: AnswerStore) -> None:
    small = [segment_of(part) for part in range(20)]
    keys = [stored(store, segment) for segment in small]
    sources = (Source(store.get(key), one.placements.values()) for key, one in zip(keys, small, strict=True))
    (merged,) = merge(sources)
    key = stored(store, merged)
    for old in keys:
        store.delete(old)
    assert [one.key for one in store.list(run_segments("main", "R1"))] == [key]
    reader = AnswerReader(store)
    for segment in small:
        for attempt, place in segment.placements.items():
            new = merged.placements[attempt]
            assert new.line_sha256 == place.line_sha256
            assert json.loads(reader.read(key, new.line_no, new.line_sha256))["n"] == attempt


def test_the_spool_is_emptied_into_the_store_once(tmp_path: Path, local_store: AnswerStore) -> None:
    spool = Spool(tmp_path / "spool")
    assert spool.is_empty()
    assert [spool.put(f"live/main/A{number}.jsonl.zst", b"%d" % number) for number in range(3)] == [True] * 3
    assert spool.put("live/main/A1.jsonl.zst", b"1") is False
    assert not Spool(tmp_path / "spool").is_empty()
    local_store.put_new("live/main/A2.jsonl.zst", b"2")
    assert spool.drain(local_store) == 3
    assert (spool.is_empty(), spool.drain(local_store)) == (True, 0)
    assert {one.key: local_store.get(one.key) for one in local_store.list("live")} == {
        f"live/main/A{number}.jsonl.zst": b"%d" % number for number in range(3)
    }


def test_two_processes_may_empty_the_spool_at_once(tmp_path: Path, local_store: AnswerStore) -> None:
    spools = [Spool(tmp_path / "spool") for _ in range(4)]
    for number in range(200):
        spools[0].put(f"live/main/A{number}", b"%d" % number)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda spool: spool.drain(local_store), spools)) >= 200
    assert spools[0].is_empty()
    assert len(list(local_store.list("live"))) == 200


class StoreThatGoesDown(LocalStore):
    """Takes one object and then no more."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self._writes = 0

    def put_new(self, key: str, body: bytes) -> bool:
        self._writes += 1
        if self._writes > 1:
            raise StoreUnavailable("down")
        return super().put_new(key, body)


def test_what_the_store_did_not_take_stays_in_the_spool(tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    for number in range(3):
        spool.put(f"live/main/A{number}", b"1")
    with pytest.raises(StoreUnavailable):
        spool.drain(StoreThatGoesDown(tmp_path / "down"))
    assert spool.drain(LocalStore(tmp_path / "other")) == 2
