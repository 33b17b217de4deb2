"""Nothing is paid for where its answer could not be kept: a store away, a spool to hand over (P17, P19)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.answers.spool import Spool
from promptrelay.answers.stores.local import LocalStore
from promptrelay.domain.platform import Method
from tests.integration.workers.paying_bench import PLATFORM, Bench, answer, told
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk
from workers.store_gate import StoreGate

KEY, BODY = "live/default/OTHER.jsonl.zst", b"an answer that was paid for"
LATER = "live/default/LATER.jsonl.zst"


class TroubledStore(LocalStore):
    """Takes nothing while it is away; while it takes, another process may be spooling."""

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.is_away = False
        self.meanwhile: Any = None

    def put_new(self, key: str, body: bytes) -> bool:
        if self.is_away:
            raise StoreUnavailable("away")
        if self.meanwhile is not None:
            self.meanwhile()
            self.meanwhile = None
        return super().put_new(key, body)


def ask(bench: Bench, store: LocalStore, spool: Spool) -> StoreGate:
    """One Live call on a host with this store and spool; returns its gate."""
    (job_id,) = bench.claimed(method=Method.LIVE)
    bench.reply = lambda tasks: told(answer(tasks[0]))
    gate = StoreGate(store, "default", bench.clock)
    ask_live(replace(bench.rooms, answers=store, spool=spool, gate=gate), PLATFORM, job_id)
    return gate


def test_with_a_reply_in_the_spool_and_the_store_away_nothing_is_asked(bench: Bench, tmp_path: Path) -> None:
    store, spool = TroubledStore(tmp_path / "store"), Spool(tmp_path / "spool")
    spool.put(KEY, BODY)
    store.is_away = True
    ask(bench, store, spool)
    assert bench.posted == []
    assert bench.states() == ([], ["queued"])
    assert bench.slots_in_use() == 0
    assert spool.keys() == [KEY]


def test_what_another_process_spools_meanwhile_counts_as_well(bench: Bench, tmp_path: Path) -> None:
    """The store took what was there, then failed for another: that one is a reason to wait, too."""
    store, spool = TroubledStore(tmp_path / "store"), Spool(tmp_path / "spool")
    spool.put(KEY, BODY)
    store.meanwhile = lambda: spool.put(LATER, BODY)
    ask(bench, store, spool)
    assert bench.posted == []
    assert spool.keys() == [LATER]
    assert store.get(KEY) == BODY


def test_when_the_store_takes_all_of_it_the_call_is_made(bench: Bench, tmp_path: Path) -> None:
    store, spool = TroubledStore(tmp_path / "store"), Spool(tmp_path / "spool")
    spool.put(KEY, BODY)
    ask(bench, store, spool)
    assert store.get(KEY) == BODY
    assert spool.is_empty()
    assert bench.states() == (["settled"], ["done"])


def test_an_answer_that_the_store_does_not_take_is_spooled_and_settled(bench: Bench, tmp_path: Path) -> None:
    store, spool = TroubledStore(tmp_path / "store"), Spool(tmp_path / "spool")
    bench.hooks["live.after_reply"] = lambda: setattr(store, "is_away", True)
    gate = ask(bench, store, spool)
    assert len(spool.keys()) == 1
    assert bench.states() == (["settled"], ["done"])
    assert not gate.is_open(), "nothing more is sent while the store takes nothing"


def send_standard(bench: Bench) -> None:
    post_chunk(bench.rooms, PLATFORM, bench.claimed(3))


def send_live(bench: Bench) -> None:
    (job_id,) = bench.claimed(method=Method.LIVE)
    ask_live(bench.rooms, PLATFORM, job_id)


@pytest.mark.parametrize(("send", "count"), [(send_standard, 3), (send_live, 1)], ids=["standard", "live"])
def test_nothing_is_sent_while_the_gate_is_shut(
    bench: Bench, tmp_path: Path, send: Callable[[Bench], None], count: int
) -> None:
    """P17: also with a spool that is empty, since what comes next may not fit there."""
    store = TroubledStore(tmp_path / "store")
    store.is_away = True
    gate = StoreGate(store, "default", bench.clock)
    assert not gate.try_now()
    bench.rooms = replace(bench.rooms, answers=store, spool=Spool(tmp_path / "spool"), gate=gate)
    send(bench)
    assert bench.posted == []
    assert bench.states() == ([], ["queued"] * count)
    assert bench.slots_in_use() == 0


@pytest.mark.parametrize(("send", "count"), [(send_standard, 3), (send_live, 1)], ids=["standard", "live"])
def test_when_the_store_takes_again_the_next_is_sent(
    bench: Bench, tmp_path: Path, send: Callable[[Bench], None], count: int
) -> None:
    store = TroubledStore(tmp_path / "store")
    store.is_away = True
    gate = StoreGate(store, "default", bench.clock)
    assert not gate.try_now()
    store.is_away = False
    bench.clock.ahead_s += 60.0
    bench.rooms = replace(bench.rooms, answers=store, spool=Spool(tmp_path / "spool"), gate=gate)
    send(bench)
    assert [len(body) for body in bench.posted] == [count]
