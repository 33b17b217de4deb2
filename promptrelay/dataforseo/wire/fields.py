"""Field types for what the provider writes: a value that cannot be used is None, never an error.

Every field of the provider is nullable, numbers come as integers, decimals or texts, and new keys appear
without notice, so reading must not fail where a person could still make sense of the rest. What is read fits
where it goes: whole numbers and amounts have bounds, and names are short and printable.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict

from promptrelay.domain.money import Usd

_MOST_USD = 1_000_000_000
_MOST_CHARGED_USD = 1_000_000
"""What one task never costs: beyond it a figure is no amount, and sums of the others stay within 64 bits."""
_LARGEST_EXPONENT = 40
_MOST_COUNT = 2**53
_MOST_CODE = 2**31 - 1
_NUMBER = re.compile(r"[+-]?\d{1,40}(\.\d{1,80})?([eE][+-]?\d{1,3})?", re.ASCII)
_ID = re.compile(r"[!-~]([ -~]{0,62}[!-~])?")
_MOST_NAME = 128
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


def as_name(value: object) -> str | None:
    """The text if it is short and printable: other texts do not go where names are kept."""
    text = as_text(value)
    return text if text and len(text) <= _MOST_NAME and text.isprintable() else None


def as_id(value: object) -> str | None:
    """The text if it can name a task: 1 to 64 printable characters of ASCII. Opaque otherwise."""
    return value if isinstance(value, str) and _ID.fullmatch(value) else None


def as_count(value: object) -> int | None:
    """The whole number; also of a decimal or a text that is whole."""
    exact = _number(value)
    if exact is None or not -_MOST_COUNT <= exact <= _MOST_COUNT or exact % 1:
        return None
    return int(exact)


def as_code(value: object) -> int | None:
    """The status code; None for a number that cannot be one."""
    code = as_count(value)
    return code if code is not None and 0 <= code <= _MOST_CODE else None


def as_flag(value: object) -> bool | None:
    """The boolean, and nothing that only looks like one."""
    return value if isinstance(value, bool) else None


def as_usd(value: object) -> Usd | None:
    """The amount of a number or of a text that is one, rounded once (P23); None for absurd amounts."""
    exact = _number(value)
    return Usd.of(exact) if exact is not None and -_MOST_USD < exact < _MOST_USD else None


def as_charge(value: object) -> Usd | None:
    """What a task has cost, as the provider writes it; None for what no task costs, as less than zero."""
    exact = _number(value)
    return Usd.of(exact) if exact is not None and 0 <= exact < _MOST_CHARGED_USD else None


def _number(value: object) -> Decimal | None:
    """The finite number in a number or in a text that is nothing else; None for one that nothing counts."""
    if isinstance(value, str) and _NUMBER.fullmatch(value.strip()):
        value = Decimal(value.strip())
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        return None
    exact = Decimal(value)
    # Asked first: arithmetic on an exponent beyond the machine's raises.
    return exact if exact.is_finite() and exact.adjusted() <= _LARGEST_EXPONENT else None


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
Id = Annotated[str | None, BeforeValidator(as_id)]
Count = Annotated[int | None, BeforeValidator(as_count)]
Code = Annotated[int | None, BeforeValidator(as_code)]
Flag = Annotated[bool | None, BeforeValidator(as_flag)]
Charge = Annotated[Usd | None, BeforeValidator(as_charge)]
Timestamp = Annotated[datetime | None, BeforeValidator(as_time)]
# Names may hold halves of surrogate pairs, which a checked text may not.
Echo = Annotated[dict[Any, Any], BeforeValidator(as_mapping)]
