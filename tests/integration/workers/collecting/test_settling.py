"""Only an attempt's own answer is stored, and a store that takes none stops the sending (P8, P17)."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.answers.layout import segment_key
from promptrelay.answers.stores.local import LocalStore
from promptrelay.database.attempts import looks
from promptrelay.database.schema import attempts, ledger, provider_tasks, segments
from promptrelay.dataforseo.wire.reply import read_entry
from promptrelay.domain.evidence import Failed
from promptrelay.domain.tag import Tag
from tests.integration.workers.paying_bench import PLATFORM, Bench
from workers.collecting.collected import Collected
from workers.collecting.settle import settle
from workers.paying.standard import post_chunk
from workers.store_gate import StoreGate


def sent(bench: Bench, count: int = 1) -> list[str]:
    """Attempts that the provider has taken."""
    post_chunk(bench.rooms, PLATFORM, bench.claimed(count))
    return [row["id"] for row in bench.all(attempts)]


def collected(bench: Bench, attempt_id: str, *, tag: str | None = "own", **fields: Any) -> Collected:
    """An answer in hand; `tag` is what it says whose it is."""
    with bench.rooms.database.read() as connection:
        row = looks.find(connection, attempt_id)
    assert row is not None
    own = str(Tag(bench.rooms.deployment, row["run_id"], row["job_id"], attempt_id))
    data = {} if tag is None else {"tag": own if tag == "own" else tag}
    result = {"money_spent": 0.03, "items": []}
    entry = {"id": row["provider_id"], "status_code": 20000, "data": data, "result": [result], **fields}
    return Collected(row, row["provider_id"], read_entry(json.dumps(entry).encode()), 5.0)


@pytest.mark.parametrize("tag", ["own", None], ids=["its own tag", "no tag"])
def test_an_answer_is_stored_booked_and_finishes_its_job(bench: Bench, tag: str | None) -> None:
    (attempt_id,) = sent(bench)
    settle(bench.rooms, [collected(bench, attempt_id, tag=tag)])
    assert bench.states() == (["settled"], ["done"])
    (segment,) = bench.all(segments)
    assert bench.rooms.answers.exists(segment["key"])
    assert sum(row["llm_nanos"] for row in bench.all(ledger)) == 30_000_000


def test_an_answer_under_a_foreign_tag_is_held_and_told(
    bench: Bench, caplog: pytest.LogCaptureFixture
) -> None:
    """One of another attempt or deployment: kept as this one's, it would be the wrong answer for good."""
    first, second = sent(bench, 2)
    with bench.rooms.database.read() as connection:
        other = looks.find(connection, second)
    assert other is not None
    theirs = str(Tag(bench.rooms.deployment, other["run_id"], other["job_id"], second))
    for tag in (theirs, theirs.replace(bench.rooms.deployment, "elsewhere"), "somebody else's"):
        caplog.clear()
        with caplog.at_level(logging.ERROR):
            settle(bench.rooms, [collected(bench, first, tag=tag)])
        assert [record.message for record in caplog.records] == ["answer.mismatched"]
    assert bench.states() == (["sent", "sent"], ["in_flight", "in_flight"])
    assert bench.all(segments) == []
    assert list(bench.rooms.answers.list("segments/")) == []


def test_of_a_batch_the_others_are_settled(bench: Bench) -> None:
    first, second = sent(bench, 2)
    settle(bench.rooms, [collected(bench, first, tag="somebody else's"), collected(bench, second)])
    by_id = {row["id"]: row["state"] for row in bench.all(attempts)}
    assert by_id == {first: "sent", second: "settled"}


class AbsentStore(LocalStore):
    """Takes nothing."""

    def put_new(self, key: str, body: bytes) -> bool:
        raise StoreUnavailable("away")


def test_a_store_that_takes_no_answer_stops_the_sending_and_nothing_is_recorded(
    bench: Bench, tmp_path: Path
) -> None:
    """P17: what is paid for needs a place; the answer can be fetched again."""
    (attempt_id,) = sent(bench)
    store = AbsentStore(tmp_path / "absent")
    rooms = replace(bench.rooms, answers=store, gate=StoreGate(store, "default", bench.clock))
    item = collected(bench, attempt_id)
    failed = Failed(attempt_id=attempt_id, provider_id="p0", status_code=40101, retry_at=0.0)
    before = bench.all(attempts), bench.all(provider_tasks), bench.all(ledger)
    with pytest.raises(StoreUnavailable):
        settle(rooms, [item], [failed])
    assert (bench.all(attempts), bench.all(provider_tasks), bench.all(ledger)) == before
    assert not rooms.gate.is_open()
    jobs = bench.claimed(2)
    posted = len(bench.posted)
    post_chunk(rooms, PLATFORM, jobs)
    assert len(bench.posted) == posted


def test_the_segment_is_durable_before_a_row_names_it(bench: Bench) -> None:
    (attempt_id,) = sent(bench)
    seen: list[tuple[bool, int]] = []

    def look() -> None:
        keys = [stored.key for stored in bench.rooms.answers.list("segments/")]
        seen.append((len(keys) == 1, len(bench.all(segments))))

    bench.hooks["settle.after_segment"] = look
    settle(bench.rooms, [collected(bench, attempt_id)])
    assert seen == [(True, 0)]
    (row,) = bench.all(segments)
    sha256 = row["key"].rpartition("/")[2].partition(".")[0]
    assert row["key"] == segment_key("default", row["run_id"], PLATFORM, sha256)
