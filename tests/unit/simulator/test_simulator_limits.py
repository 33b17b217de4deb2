from __future__ import annotations

import uuid
from decimal import Decimal

import pytest

from promptrelay.simulator.books import Books, in_nanos
from promptrelay.simulator.ids import Ids
from promptrelay.simulator.limits import LiveSlots, Window


def test_no_60_seconds_hold_more_calls_than_the_limit() -> None:
    window = Window()
    assert all(window.take(1000.0 + i / 10, 5) for i in range(5))
    assert not window.take(1059.9, 5)
    assert window.take(1060.0, 5)
    assert not window.take(1060.05, 5)
    assert window.most == 5


def test_live_slots_refuse_one_too_many_and_know_how_long_each_number_lasted() -> None:
    slots = LiveSlots()
    assert [slots.enter(10.0, 2) for _ in range(3)] == [True, True, False]
    slots.leave(14.0)
    slots.leave(15.0)
    shown = slots.summary(20.0)
    assert (shown["max_simultaneous"], shown["refused_40209"], shown["running"]) == (2, 1, 0)
    assert shown["seconds_at"] == {"0": 5.0, "1": 1.0, "2": 4.0}
    assert shown["seconds_at_or_above"] == {"1": 5.0, "25": 0, "30": 0}


def test_ids_look_like_uuids_are_none_and_never_repeat() -> None:
    ids, others = Ids(), Ids()
    given = [ids.next(1_760_000_000.0) for _ in range(20_000)]
    assert len({*given, *(others.next(1_760_000_000.0) for _ in range(20_000))}) == 40_000
    assert {len(i) for i in given} == {36}
    for i in given[:100]:
        with pytest.raises(ValueError, match="base 16"):
            uuid.UUID(i)


def test_figures_are_rounded_to_nanos_half_to_even() -> None:
    assert in_nanos(Decimal("0.0000000025")) == Decimal("0.000000002")
    assert in_nanos(Decimal("0.0000000035")) == Decimal("0.000000004")
    assert in_nanos(Decimal("0.029042400000000003")) == Decimal("0.0290424")


def test_the_books_balance_exactly_and_show_both_sums() -> None:
    books = Books(Decimal(1000))
    books.move("fee", Decimal("-0.0002"))
    books.move("advance", Decimal("-0.01"))
    books.move("advance_returned", Decimal("0.01"))
    books.move("llm", Decimal("-0.029042400000000003"))
    books.top_up(Decimal(50))
    shown = books.summary()
    assert shown["balance"] == "1049.970757599999999997"
    assert shown["balance_nano_rounded"] == "1049.9707576"
    assert shown["exact"]["net"] == "0.029242400000000003"
    assert shown["exact"]["charged"] == "0.039242400000000003"
    assert shown["nano_rounded"]["net"] == "0.0292424"
    assert shown["exact"]["advances_out"] == "0"
    books.set_balance(Decimal(-1))
    assert books.summary()["balance"] == "-1"
    assert Decimal(books.summary()["adjustments"]) == Decimal("-1050.970757599999999997")
