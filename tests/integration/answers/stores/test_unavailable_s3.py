"""A store that is down is said to be down, soon, and is never taken for an empty one."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from promptrelay.answers.errors import StoreRefused, StoreUnavailable
from promptrelay.answers.spool import Spool
from promptrelay.answers.store import AnswerStore, open_store

BOUND_S = 2.0
CALLS: dict[str, Callable[[AnswerStore], object]] = {
    "put_new": lambda store: store.put_new("k", b"1"),
    "get": lambda store: store.get("k"),
    "exists": lambda store: store.exists("k"),
    "delete": lambda store: store.delete("k"),
    "list": lambda store: list(store.list("")),
}


@contextmanager
def within(seconds: float) -> Iterator[None]:
    start = time.monotonic()
    yield
    assert time.monotonic() - start < seconds


def s3(port: int, **options: str) -> AnswerStore:
    settings = {
        "AWS_ACCESS_KEY_ID": "access",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_ALLOW_HTTP": "true",
    }
    return open_store("s3://answers/p", options=settings | options, fail_after_s=BOUND_S)


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_is_not_there_is_unavailable_within_the_bound(call: str) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        with within(BOUND_S + 1), pytest.raises(StoreUnavailable):
            CALLS[call](s3(closed.getsockname()[1]))


@pytest.mark.parametrize("call", CALLS)
def test_a_server_that_never_replies_is_unavailable_within_the_bound(call: str) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        with within(BOUND_S + 1), pytest.raises(StoreUnavailable):
            CALLS[call](s3(silent.getsockname()[1]))


@pytest.mark.parametrize("call", CALLS)
def test_wrong_credentials_are_refused_and_never_a_missing_answer(
    call: str, s3_options: dict[str, str]
) -> None:
    options = s3_options | {"AWS_SECRET_ACCESS_KEY": "hunter2"}
    with pytest.raises(StoreRefused) as refused:
        CALLS[call](open_store("s3://answers/p", options=options))
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("call", ["get", "exists"])
def test_a_missing_bucket_is_never_a_missing_answer(call: str, s3_options: dict[str, str]) -> None:
    """Otherwise a mistyped bucket would let every Live answer end as lost (P19)."""
    with pytest.raises(StoreRefused):
        CALLS[call](open_store("s3://no-such-bucket/p", options=s3_options))


def test_replies_wait_in_the_spool_until_the_store_is_back(own_s3_server: Any, tmp_path: Path) -> None:
    spool = Spool(tmp_path / "spool")
    store = open_store("s3://answers/p", options=own_s3_server.options, fail_after_s=BOUND_S)
    own_s3_server.stop()
    with pytest.raises(StoreUnavailable):
        store.put_new("live/main/A1.jsonl.zst", b"answer")
    assert spool.put("live/main/A1.jsonl.zst", b"answer")
    with pytest.raises(StoreUnavailable):
        spool.drain(store)
    assert not spool.is_empty()
    own_s3_server.start()
    store = open_store("s3://answers/p", options=own_s3_server.options)
    drain_when_it_takes_writes(spool, store)
    assert store.get("live/main/A1.jsonl.zst") == b"answer"
    assert spool.is_empty()


def drain_when_it_takes_writes(spool: Spool, store: AnswerStore) -> None:
    give_up = time.monotonic() + 60
    while not spool.is_empty():
        assert time.monotonic() < give_up
        try:
            assert spool.drain(store) == 1
        except StoreUnavailable:
            # A server that was killed needs a moment to find its volumes.
            time.sleep(0.1)
