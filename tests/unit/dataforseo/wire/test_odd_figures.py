"""Money and counts as texts are read, and what fits nowhere is unknown: never a number, never an error."""

from __future__ import annotations

import pytest

from promptrelay.dataforseo.wire.fields import as_charge, as_code, as_count, as_id, as_name, as_usd
from promptrelay.dataforseo.wire.reply import Entry, read_reply
from promptrelay.dataforseo.wire.rows import id_row, models, ready_rows
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform


def entry(task: str) -> Entry:
    body = b'{"status_code": 20000, "tasks_count": 1, "tasks": [' + task.encode() + b"]}"
    only = read_reply(body).only
    assert only is not None
    return only


@pytest.mark.parametrize(
    ("text", "amount"),
    [("0.0288", 28_800_000), (" 0.0102 ", 10_200_000), ("0", 0), ("2.9e-2", 29_000_000), ("3", 3 * 10**9)],
)
def test_an_amount_in_a_text_is_read(text: str, amount: int) -> None:
    assert as_charge(text) == as_usd(text) == Usd(amount)


@pytest.mark.parametrize(
    "text", ["", "$0.03", "0,03", "1_000", "NaN", "1e999", "free", "0x1", "\u0661", "--1", "0.0.1"]
)
def test_a_text_that_is_no_number_is_no_amount(text: str) -> None:
    assert as_charge(text) is None
    assert as_usd(text) is None
    assert as_count(text) is None


@pytest.mark.parametrize("odd", [None, True, [], {}, "-0.01", -1, 10**6, 10**23])
def test_what_no_task_costs_is_unknown(odd: object) -> None:
    assert as_charge(odd) is None


def test_a_balance_may_be_negative_and_large() -> None:
    assert as_usd("-12.5") == Usd.of("-12.5")
    assert as_usd(2_000_000) == Usd.of(2_000_000)


def test_counts_and_codes_in_texts_are_read_within_their_bounds() -> None:
    assert (as_count("12"), as_count("12.0"), as_count("1.5"), as_count(2**60)) == (12, 12, None, None)
    assert (as_code("20000"), as_code(10**23), as_code(-1), as_code(2**31)) == (20000, None, None, None)


@pytest.mark.parametrize("odd", ["a" * 65, "a\x00b", "", " ", " a", "é", "a\n", 7, None])
def test_what_does_not_fit_an_id_is_none_and_stays_in_the_raw_text(odd: object) -> None:
    assert as_id(odd) is None
    assert as_id("a" * 64) == "a" * 64
    found = entry('{"id": "' + "b" * 65 + '", "status_code": 20100, "cost": "0.0102"}')
    assert (found.provider_id, found.status_code, found.cost) == (None, 20100, Usd.of("0.0102"))
    assert b"b" * 65 in found.raw


def test_a_reply_whose_own_code_is_no_code_keeps_its_tasks() -> None:
    """Every field of the provider is nullable, and the tasks tell their own codes."""
    for code in ("null", "1" + "0" * 23, '"many"'):
        reply = read_reply(
            b'{"status_code": %b, "tasks_count": "1", "tasks": [{"status_code": "20100", "id": "x"}]}'
            % code.encode()
        )
        assert (reply.status_code, reply.is_complete, reply.code) == (None, True, 20100)
        assert reply.entries[0].accepted


def test_a_refusal_whose_cost_is_a_text_is_free() -> None:
    assert entry('{"status_code": 40501, "cost": "0"}').refused_free
    assert not entry('{"status_code": 40501, "cost": "0.01"}').refused_free
    assert not entry('{"status_code": 40501, "cost": null}').refused_free


def test_rows_of_lists_hold_only_names_that_can_be_kept() -> None:
    assert [row.provider_id for row in ready_rows([{"id": "x"}, {"id": "y\x00"}], Platform.CLAUDE)] == ["x"]
    assert [model.name for model in models([{"model_name": "m"}, {"model_name": "n\x00"}])] == ["m"]
    assert as_name("m" * 129) is None
    listed = id_row({"id": "z" * 70, "cost": "0.0308", "metadata": {"tag": "t"}})
    assert (listed.provider_id, listed.cost, listed.tag) == (None, Usd.of("0.0308"), "t")


@pytest.mark.parametrize("absurd", ["1000000000", "-1000000000", 10**9, "9999999999", -(10**12)])
def test_a_sum_that_no_account_holds_is_unknown(absurd: object) -> None:
    assert as_usd(absurd) is None
    assert as_usd("999999999") == Usd.of("999999999")


@pytest.mark.parametrize("code", [20000, 20100, 40601, 40602])
def test_a_task_that_is_taken_or_waits_in_the_providers_queue_is_accepted(code: int) -> None:
    assert entry(f'{{"id": "x", "status_code": {code}, "cost": 0.01}}').accepted


@pytest.mark.parametrize("code", [40501, 40101, 50301])
def test_any_other_code_is_no_acceptance(code: int) -> None:
    assert not entry(f'{{"id": "x", "status_code": {code}, "cost": 0.01}}').accepted


def test_a_reply_that_does_not_say_how_many_tasks_it_has_is_not_whole() -> None:
    """A stream that was cut may look like a success with half a body (P3)."""
    task = b'{"id": "x", "status_code": 20100}'
    assert not read_reply(b'{"status_code": 20000, "tasks": [' + task + b"]}").is_complete
    assert not read_reply(b'{"status_code": 20000, "tasks_count": 2, "tasks": [' + task + b"]}").is_complete
    assert read_reply(b'{"status_code": 20000, "tasks_count": 1, "tasks": [' + task + b"]}").is_complete
    assert read_reply(b'{"status_code": 40100}').is_complete
