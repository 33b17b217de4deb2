"""An amount of money on the command line."""

from __future__ import annotations

from promptrelay.cli.errors import UsageWrong
from promptrelay.domain.money import ZERO, Usd


def usd(option: str, text: str | None) -> Usd | None:
    """The amount, which has to be more than nothing; None for an option that was not given.

    Raises UsageWrong.
    """
    if text is None:
        return None
    try:
        amount = Usd.of(text)
    except ValueError:
        raise UsageWrong(f"{option}: {text!r} is not an amount in USD, such as 12.50") from None
    if amount <= ZERO:
        raise UsageWrong(f"{option}: {text} is not more than 0 USD")
    return amount
