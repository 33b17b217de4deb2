"""Field types for what the provider writes: a value of the wrong type is None, never an error.

Every field of the provider is nullable, numbers come as integers or decimals, and new keys appear without
notice, so reading must not fail where a person could still make sense of the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from promptrelay.domain.money import Usd

_MOST_USD = 1_000_000_000
_TIME_FORMATS = ("%Y-%m-%d %H:%M:%S %z", "%Y-%m-%d %H-%M-%S %z", "%Y-%m-%dT%H:%M:%S%z")


class Figure(Decimal):
    """A JSON number that remembers how it was written."""

    text: str

    def __new__(cls, text: str) -> Figure:
        try:
            figure = super().__new__(cls, text)
        except InvalidOperation:  # An exponent beyond what any machine holds.
            figure = super().__new__(cls, "NaN")
        figure.text = text
        return figure


class WireModel(BaseModel):
    """Something the provider wrote: unknown keys are ignored, known ones may be missing."""

    model_config = ConfigDict(extra="ignore", frozen=True, arbitrary_types_allowed=True)


def as_text(value: object) -> str | None:
    """The text, with halves of surrogate pairs replaced so that it can be written as UTF-8."""
    if not isinstance(value, str):
        return None
    try:
        value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def as_count(value: object) -> int | None:
    """The whole number; also of a decimal that is whole."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    if isinstance(value, Decimal) and (not value.is_finite() or abs(value) > 2**63 or value % 1):
        return None
    return int(value)


def as_flag(value: object) -> bool | None:
    """The boolean, and nothing that only looks like one."""
    return value if isinstance(value, bool) else None


def as_usd(value: object) -> Usd | None:
    """The amount of a JSON number, rounded once (P23); None for text and for absurd amounts."""
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    exact = Decimal(value)
    return Usd.of(exact) if exact.is_finite() and abs(exact) < _MOST_USD else None


def as_time(value: object) -> datetime | None:
    """The moment, aware and in UTC; the documentation's dashes and the samples' colons both count."""
    for pattern in _TIME_FORMATS if isinstance(value, str) else ():
        try:
            return datetime.strptime(str(value), pattern).astimezone(UTC)
        except (ValueError, OverflowError):
            continue
    return None


def as_mapping(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return dict(value) if isinstance(value, Mapping) else {}


def as_list(value: object) -> list[Any]:
    """The array, or an empty one."""
    return value if isinstance(value, list) else []


Text = Annotated[str | None, BeforeValidator(as_text)]
Count = Annotated[int | None, BeforeValidator(as_count)]
Flag = Annotated[bool | None, BeforeValidator(as_flag)]
Money = Annotated[Usd | None, BeforeValidator(as_usd)]
Timestamp = Annotated[datetime | None, BeforeValidator(as_time)]
Echo = Annotated[dict[str, Any], BeforeValidator(as_mapping)]
