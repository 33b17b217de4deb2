"""Amounts of money in a campaign file."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BeforeValidator
from pydantic_core import PydanticCustomError

from promptrelay.domain.money import Usd


def _usd(value: object) -> str:
    """The amount as decimal text; figures come with the digits that were written."""
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValueError
        return str(Usd.of(str(value)))
    except ValueError:
        raise PydanticCustomError("usd", "has to be an amount in USD, such as 12.50") from None


Amount = Annotated[str | None, BeforeValidator(lambda value: None if value is None else _usd(value))]
