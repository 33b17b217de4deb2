"""What an amount may be, and that it is rounded once."""

from __future__ import annotations

from decimal import Decimal

import pytest

from promptrelay.domain.money import Usd


def test_a_figure_longer_than_the_usual_precision_is_rounded_once() -> None:
    text = "0.0000000015" + "0" * 40 + "1"
    assert Usd.of(Decimal(text)) == Usd(2)
    assert Usd.of(Decimal("0.00000000250")) == Usd(2)


@pytest.mark.parametrize("amount", ["1E+999999", "NaN", "Infinity", "ten"])
def test_what_is_no_amount_is_refused(amount: str) -> None:
    with pytest.raises(ValueError, match="not an amount"):
        Usd.of(amount)


def test_a_float_is_refused() -> None:
    with pytest.raises(TypeError):
        Usd.of(0.1)  # type: ignore[arg-type]
