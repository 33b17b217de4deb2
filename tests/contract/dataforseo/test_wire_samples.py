"""What the provider is known to write, read as we rely on it. The samples are our own, in its shapes."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from promptrelay.dataforseo.matching import Rejected, SentTask, match_reply
from promptrelay.dataforseo.wire.answer import read_answer
from promptrelay.dataforseo.wire.fields import as_time
from promptrelay.dataforseo.wire.reply import Entry, NotAReply, Reply, read_reply
from promptrelay.domain.money import Usd

SAMPLES = Path(__file__).parents[1] / "samples"


def sample(name: str) -> Reply:
    return read_reply((SAMPLES / f"{name}.json").read_bytes())


def only(reply: Reply) -> Entry:
    assert reply.only is not None
    return reply.only


def entry(task: str) -> Entry:
    return only(read_reply(b'{"status_code": 20000, "tasks_count": 1, "tasks": [' + task.encode() + b"]}"))


def test_the_text_is_every_message_section_with_nothing_between() -> None:
    answer = only(sample("claude_answer")).result
    assert answer is not None
    assert answer.text == "The best bakery is Müller's 🥨."
    assert answer.reasoning == ("Think of bread.",)


def test_an_answer_keeps_tokens_times_and_duplicate_citations() -> None:
    answer = only(sample("claude_answer")).result
    assert answer is not None
    assert (answer.input_tokens, answer.output_tokens, answer.reasoning_tokens) == (812, 97, None)
    assert answer.datetime == datetime(2026, 11, 21, 9, 31, 5, tzinfo=UTC)
    assert (answer.model_name, answer.web_search) == ("claude-sonnet-4-20250514", True)
    guide = answer.citations[0]
    assert (guide.title, guide.start, guide.end, guide.text) == ("Guide", 3, 15, "best")
    assert [citation.url for citation in answer.citations] == ["https://guide.example/b"] * 2


def test_fan_out_queries_are_read_beside_the_result_too() -> None:
    answer = only(sample("claude_answer")).result
    assert answer is not None
    assert answer.fan_out_queries == ("best bakery", "bakery prices")


def test_money_is_rounded_once_and_kept_as_it_was_written() -> None:
    answer = only(sample("claude_answer")).result
    assert answer is not None
    assert answer.money_spent == Usd(29_042_400)
    assert answer.money_spent_text == "0.029042400000000003"


def test_no_digit_of_money_is_lost_before_rounding() -> None:
    """A float would read both as the same number."""
    over, even = (
        read_answer(f'{{"result": [{{"money_spent": {figure}}}]}}'.encode())
        for figure in ("0.10200000050000000001", "0.1020000005")
    )
    assert over is not None
    assert even is not None
    assert (over.money_spent, even.money_spent) == (Usd(102_000_001), Usd(102_000_000))


def test_the_raw_entry_is_one_line_with_every_number_as_written() -> None:
    raw = only(sample("claude_answer")).raw
    assert b"\n" not in raw
    assert b'"temperature": 0.30' in raw
    assert b"0.029042400000000003" in raw
    written = json.loads((SAMPLES / "claude_answer.json").read_bytes(), parse_float=Decimal)["tasks"][0]
    assert json.loads(raw, parse_float=Decimal) == written


def test_a_stored_entry_reads_as_it_did_from_the_reply() -> None:
    task = only(sample("claude_answer"))
    assert read_answer(task.raw) == task.result


def test_a_chunk_is_matched_whatever_the_order() -> None:
    sent = [SentTask(name, f"tag {name}", {"user_prompt": f"prompt {name}"}) for name in "abcd"]
    matches = match_reply(sent, sample("chunk_reply"))
    ids = {name: found.provider_id for name, found in matches.found.items() if isinstance(found, Entry)}
    assert ids == {"a": "a", "c": "c", "d": None}
    assert matches.found["b"] == Rejected(40006)
    assert str(sample("chunk_reply").cost) == "0.0204"


def test_a_failure_is_seen_though_the_envelope_counts_no_error() -> None:
    reply = sample("failed_in_an_ok_envelope")
    assert (reply.status_code, reply.code) == (20000, 40101)
    assert not only(reply).refused_free
    assert only(reply).result is None


def test_a_refusal_has_no_entries_and_is_complete() -> None:
    reply = sample("refused")
    assert (reply.entries, reply.is_complete, reply.cost, reply.code) == ((), True, Usd(0), 40100)


def test_values_of_the_wrong_type_are_none_and_the_rest_is_read() -> None:
    reply = sample("odd_types")
    task = only(reply)
    assert (reply.cost, task.provider_id, task.cost, task.tag, task.echo) == (None, None, None, None, {})
    answer = task.result
    assert answer is not None
    assert (answer.model_name, answer.input_tokens, answer.output_tokens) == (None, None, None)
    assert (answer.web_search, answer.money_spent, answer.datetime, answer.text) == (None, None, None, None)
    assert answer.fan_out_queries == ("q one", "q two")


@pytest.mark.parametrize("result", ["null", "[]", "[null]", "[{}]", '"text"'])
def test_no_result_is_no_answer(result: str) -> None:
    assert entry(f'{{"status_code": 40602, "result": {result}}}').result is None


def test_half_a_character_does_not_cost_the_answer() -> None:
    """Models cut emoji in two; the text must still fit into UTF-8."""
    section = r'{"type": "message", "sections": [{"text": "a\ud83d"}, {"text": "\ud83e\udd68"}]}'
    answer = entry('{"result": [{"items": [' + section + "]}]}").result
    assert answer is not None
    assert answer.text is not None
    assert answer.text.encode() == "a\N{REPLACEMENT CHARACTER}🥨".encode()


def test_bytes_that_are_no_utf_8_do_not_cost_the_answer() -> None:
    body = b'\xef\xbb\xbf{"status_code": 20000, "tasks_count": 1, "tasks": [{"data": {"tag": "a\xff"}}]}'
    assert only(read_reply(body)).tag == "a\N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize("figure", ["1e400000", "1e99999999999999999999", "-1e30", "99999999999999999999999"])
def test_an_absurd_amount_is_no_amount(figure: str) -> None:
    assert entry(f'{{"cost": {figure}}}').cost is None


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "empty"),
        (b"[]", "no object"),
        (b'{"status_code": 20000, "tasks": [{}', "cut"),
        (b'{"status_code": 20000} {', "more"),
        (b'{"status_code": 20000, "tasks": {"0": {}}}', "tasks that are no array"),
        (b'{"status_code": 20000, "tasks": [{"cost": NaN}]}', "no JSON"),
        (b'{"status_code": 20000, "tasks": [{"a": "line\nbreak"}]}', "a control character in a text"),
        (b'{"message": "no such route"}', "of another server"),
        (b"[" * 100_000, "too deep"),
    ],
)
def test_what_is_not_a_whole_envelope_is_no_reply(body: bytes, why: str) -> None:
    with pytest.raises(NotAReply):
        read_reply(body)


def test_every_cut_of_a_reply_is_no_reply() -> None:
    """A stream cut anywhere must never look like a shorter reply."""
    body = (SAMPLES / "chunk_reply.json").read_bytes().rstrip()
    for length in range(len(body)):
        with pytest.raises(NotAReply):
            read_reply(body[:length])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-02-16 07:25:00 +00:00", datetime(2026, 2, 16, 7, 25, tzinfo=UTC)),
        ("2026-02-16 07-25-00 +00:00", datetime(2026, 2, 16, 7, 25, tzinfo=UTC)),
        ("2026-02-16 09:25:00 +02:00", datetime(2026, 2, 16, 7, 25, tzinfo=UTC)),
        ("2026-02-16 07:25:00", None),
        (1739690700, None),
    ],
)
def test_times_are_aware_or_none(text: object, expected: datetime | None) -> None:
    assert as_time(text) == expected
