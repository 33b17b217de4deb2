"""Amounts are exact, rounded once at the wire."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from promptrelay.domain.money import ZERO, Usd


def test_a_figure_finer_than_a_nano_dollar_is_rounded_at_the_wire() -> None:
    assert Usd.of(Decimal("0.029042400000000003")) == Usd(29_042_400)


@pytest.mark.parametrize(
    ("text", "nanos"),
    [
        ("0.0000000005", 0),
        ("0.0000000015", 2),
        ("0.0000000025", 2),
        ("0.00000000250001", 3),
        ("-0.0000000015", -2),
    ],
)
def test_halves_are_rounded_to_the_even_nano_dollar(text: str, nanos: int) -> None:
    assert Usd.of(text) == Usd(nanos)


@pytest.mark.parametrize("text", ["", "ten", "NaN", "Infinity", "-Infinity"])
def test_what_is_not_an_amount_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an amount of money"):
        Usd.of(text)


@pytest.mark.parametrize(
    ("nanos", "text"), [(0, "0"), (10_200_000, "0.0102"), (-3_000_000_000, "-3"), (-1, "-0.000000001")]
)
def test_amounts_are_written_in_full_precision_without_trailing_zeros(nanos: int, text: str) -> None:
    assert str(Usd(nanos)) == text


@given(st.integers(-(10**18), 10**18))
def test_an_amount_read_back_is_the_same(nanos: int) -> None:
    assert Usd.of(str(Usd(nanos))) == Usd(nanos)


@given(st.lists(st.integers(-(10**15), 10**15)))
def test_a_total_is_the_sum_of_its_parts(parts: list[int]) -> None:
    total = Usd.total(map(Usd, parts))
    assert total == sum(map(Usd, parts), ZERO) == Usd(sum(parts))
    assert total - total == ZERO
    assert not (total - total)


def test_a_figure_of_any_length_is_rounded_once() -> None:
    """Rounded to 28 digits first, the half of a nano-dollar and a bit would be the half, and then nothing."""
    assert Usd.of("0.00000000050000000000000000000000000000000000001") == Usd(1)
    assert Usd.of("123456789.00000000150000000000000000000000000000001") == Usd(123_456_789_000_000_002)
    assert Usd.of("0.0000000005") == Usd(0)
