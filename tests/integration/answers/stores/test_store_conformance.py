"""What every store promises, on local disk and on a real S3 server."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from promptrelay.answers.errors import AnswerMissing, KeyRefused
from promptrelay.answers.store import AnswerStore

WRITERS = 8


def test_bytes_come_back_exactly(store: AnswerStore) -> None:
    body = bytes(range(256)) * 40 + b"\r\n\0"
    assert store.put_new("a/b/c.bin", body) is True
    assert store.get("a/b/c.bin") == body


def test_an_empty_object_is_an_object(store: AnswerStore) -> None:
    assert store.put_new("empty", b"")
    assert store.exists("empty")
    assert store.get("empty") == b""


def test_a_taken_key_is_never_overwritten(store: AnswerStore) -> None:
    store.put_new("a/key", b"first")
    assert store.put_new("a/key", b"second") is False
    assert store.get("a/key") == b"first"


def test_of_writers_at_once_exactly_one_creates(store: AnswerStore) -> None:
    start = threading.Barrier(WRITERS)

    def write(key: str, number: int) -> bool:
        start.wait(timeout=30)
        return store.put_new(key, b"%d" % number * 1000)

    with ThreadPoolExecutor(WRITERS) as pool:
        for round_no in range(4):
            key = f"race/{round_no}"
            created = list(pool.map(write, [key] * WRITERS, range(WRITERS)))
            assert created.count(True) == 1
            assert store.get(key) == b"%d" % created.index(True) * 1000


def test_a_missing_object_is_missing(store: AnswerStore) -> None:
    assert store.exists("no/such") is False
    with pytest.raises(AnswerMissing):
        store.get("no/such")


def test_a_folder_is_no_object(store: AnswerStore) -> None:
    store.put_new("folder/key", b"1")
    assert store.exists("folder") is False
    with pytest.raises(AnswerMissing):
        store.get("folder")


def test_a_folder_is_listed_with_all_below_and_nothing_beside(store: AnswerStore) -> None:
    before = time.time()
    for key in ["x/1", "x/y/2", "x/y/z/3", "xy/4", "5"]:
        store.put_new(key, key.encode() * 3)
    found = {one.key: one for one in store.list("x/")}
    assert set(found) == {"x/1", "x/y/2", "x/y/z/3"}
    assert {one.key for one in store.list("x")} == set(found)
    assert {one.key for one in store.list("")} == {*found, "xy/4", "5"}
    assert [one.size for one in store.list("x/y/z")] == [len("x/y/z/3") * 3]
    assert all(before - 5 < one.modified_at < time.time() + 5 for one in found.values())
    assert list(store.list("nothing/here")) == []


def test_more_objects_than_a_page_are_all_listed(store: AnswerStore) -> None:
    keys = {f"many/{number:04}" for number in range(1100)}
    with ThreadPoolExecutor(WRITERS) as pool:
        assert all(pool.map(lambda key: store.put_new(key, b"1"), keys))
    assert {one.key for one in store.list("many")} == keys


def test_a_large_object_comes_back_exactly(store: AnswerStore) -> None:
    body = os.urandom(20 * 1024 * 1024)
    assert store.put_new("large", body)
    assert store.get("large") == body
    assert store.put_new("large", body) is False


@pytest.mark.parametrize(
    "key",
    [
        "with space",
        "plus+and&",
        "50%41 off",
        "q?x#y",
        "ünïcødé/漢字",
        "'quote'\"s",
        "=40=",
        "~t*[x]{y}|^`<>",
        "a:b,c;d@e!",
    ],
)
def test_odd_characters_are_part_of_the_key(store: AnswerStore, key: str) -> None:
    assert store.put_new(f"odd/{key}", key.encode())
    assert store.get(f"odd/{key}") == key.encode()
    assert [one.key for one in store.list("odd")] == [f"odd/{key}"]
    store.delete(f"odd/{key}")
    assert not store.exists(f"odd/{key}")


def test_a_deleted_object_is_gone_and_its_key_free(store: AnswerStore) -> None:
    store.put_new("a/key", b"1")
    store.delete("a/key")
    assert not store.exists("a/key")
    store.delete("a/key")
    assert store.put_new("a/key", b"2") is True


@pytest.mark.parametrize("key", ["", "/etc/passwd", "../outside", "a/../../b", "a//b", ".hidden", "a\0b"])
def test_no_key_leaves_the_store(store: AnswerStore, key: str) -> None:
    calls = [lambda: store.put_new(key, b""), lambda: store.get(key), lambda: store.exists(key)]
    calls += [lambda: store.delete(key), lambda: store.url(key)]
    for call in calls:
        with pytest.raises(KeyRefused):
            call()


def test_the_url_ends_in_the_key(store: AnswerStore) -> None:
    assert store.url("a/b.jsonl.zst").endswith("/a/b.jsonl.zst")
    assert "://" in store.url("a/b.jsonl.zst")
