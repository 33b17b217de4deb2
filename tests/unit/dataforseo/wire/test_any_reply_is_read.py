"""Whatever a reply holds, reading it raises nothing but NotAReply, and no task of it is lost."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from promptrelay.answers.segment import Line, decode_line, encode_line
from promptrelay.dataforseo.matching import SentTask, match_reply
from promptrelay.dataforseo.policy import Call, policy_for
from promptrelay.dataforseo.wire.answer import read_answer
from promptrelay.dataforseo.wire.reply import Entry, NotAReply, Reply, read_entry, read_reply
from promptrelay.domain.money import ZERO, Usd
from tests.unit.dataforseo.wire.odd_replies import (
    LITERALS,
    SAMPLES,
    TEXTS,
    Literal,
    broken_bodies,
    odd_replies,
    written,
)

_MOST = Usd.of(1_000_000)
_SENT = [
    SentTask("one", "tag one", {"user_prompt": "why?"}),
    SentTask("two", "tag two", {"user_prompt": "how?"}),
]
_QUICK = settings(deadline=None, database=None, suppress_health_check=list(HealthCheck))


def read_all(reply: Reply) -> None:
    """Touch everything that is ever asked of a reply, and check that it fits where it goes."""
    assert reply.cost is None or ZERO <= reply.cost < _MOST
    assert reply.is_complete in (True, False)
    for call in Call:
        policy_for(reply.code, call=call)
    for entry in reply.entries:
        read_entirely(entry)
    matches = match_reply(_SENT, reply)
    assert matches.found.keys() | matches.unknown == {"one", "two"}


def read_entirely(entry: Entry) -> None:
    assert entry.provider_id is None or (0 < len(entry.provider_id) <= 64 and entry.provider_id.isprintable())
    assert entry.status_code is None or 0 <= entry.status_code < 2**31
    assert entry.cost is None or ZERO <= entry.cost < _MOST
    assert not (entry.accepted and entry.refused_free)
    answer = entry.result
    if answer is not None:
        assert answer.money_spent is None or answer.money_spent.nanos < 2**63
        assert answer.oddity is None or answer.oddity
        (answer.text or "").encode()
    again = read_entry(entry.raw)
    assert (again.provider_id, again.status_code, again.cost, again.tag) == (
        entry.provider_id,
        entry.status_code,
        entry.cost,
        entry.tag,
    )
    assert read_answer(entry.raw) == answer
    assert b"\n" not in entry.raw


def store(entry: Entry) -> None:
    """As it is kept: a task that is an object must never be refused by the store."""
    line = Line("a", "j", "r", "claude", "live", entry.provider_id, 1.0, entry.raw)
    assert decode_line(encode_line(line)).entry.strip() == entry.raw.strip()


@settings(_QUICK, max_examples=600)
@given(odd_replies())
@example(
    (b'{"status_code": 20000, "tasks_count": 1, "tasks": [{"a": [' + b"1" * 5000 + b', "\\ud83d"]}]}', 1)
)
def test_an_odd_reply_is_read_with_every_task_that_it_holds(odd: tuple[bytes, int]) -> None:
    body, tasks = odd
    try:
        reply = read_reply(body)
    except NotAReply:
        assert tasks == 0
        return
    assert len(reply.entries) == tasks
    read_all(reply)
    for entry in reply.entries:
        if entry.raw.lstrip().startswith(b"{"):
            store(entry)


@settings(_QUICK, max_examples=400)
@given(broken_bodies() | st.binary(max_size=60) | st.text(max_size=60).map(lambda text: text.encode()))
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"tasks": [{"a": ' + b"[" * 100_000)
@example(b'{"status_code": ' + b"1" * 5000 + b"}")
def test_a_broken_body_is_a_reply_or_none_and_never_an_error(body: bytes) -> None:
    with suppress(NotAReply):
        read_all(read_reply(body))


@pytest.mark.parametrize(
    "field", ["id", "status_code", "status_message", "cost", "result_count", "data", "path", "new"]
)
def test_no_odd_field_costs_the_answer_beside_it(field: str) -> None:
    section = {"type": "text", "text": "rye"}
    result = {"money_spent": 0.0288, "items": [{"type": "message", "sections": [section]}]}
    for odd in (*map(Literal, LITERALS), *TEXTS, None, [], {}):
        task = {"id": "x", "status_code": 20000, "result": [result], field: odd}
        reply = read_reply(written({"status_code": 20000, "tasks_count": 1, "tasks": [task]}).encode())
        read_all(reply)
        (entry,) = reply.entries
        assert entry.result is not None
        assert (entry.result.text, str(entry.result.money_spent)) == ("rye", "0.0288")
        store(entry)


def test_the_samples_are_there() -> None:
    assert len(SAMPLES) >= 8
