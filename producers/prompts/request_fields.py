"""The request fields that a row or a campaign may give, and how their values are read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from producers.errors import CampaignError
from producers.platform_names import checked_model, models_of
from producers.prompts.country import country_code

_WHOLE = re.compile(r"[+-]?\d{1,9}")
_DECIMAL = re.compile(r"[+-]?(\d{1,9}(\.\d{0,15})?|\.\d{1,15})([eE][+-]?\d{1,2})?")


class FieldWrong(ValueError):
    """The value cannot be the field's; the message says what it has to be and quotes nothing."""


def _text(value: object) -> str:
    if isinstance(value, str):
        return value
    raise FieldWrong("has to be text")


def _whole(value: object) -> int:
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise FieldWrong("has to be a whole number")


def _number(value: object) -> float:
    """A number; a whole one without a fraction, so that 1 and 1.0 are the same request."""
    if isinstance(value, str) and _DECIMAL.fullmatch(value.strip()):
        value = float(value)
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise FieldWrong("has to be a number, with a point before decimals")
    return int(value) if value == int(value) else value


def _flag(value: object) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().casefold() in ("true", "false"):
        return value.strip().casefold() == "true"
    raise FieldWrong("has to be true or false")


def _chain(value: object) -> list[dict[str, str]]:
    """Messages as the provider takes them; how many and how long they may be is checked with the request."""
    shape = 'has to be a list of {"role": "user" or "ai", "message": "…"}'
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise FieldWrong(f"{shape}, written as JSON in a cell") from None
    if not isinstance(value, list):
        raise FieldWrong(shape)
    for number, message in enumerate(value, 1):
        if not isinstance(message, dict) or message.keys() != {"role", "message"}:
            raise FieldWrong(f"message {number} {shape.replace('a list of ', '')} and nothing else")
        if not all(isinstance(part, str) for part in message.values()):
            raise FieldWrong(f"message {number}: role and message have to be text")
    return value


def _models(value: object) -> dict[str, tuple[str, ...]]:
    """Models by platform; a bare name stands under the empty key."""
    if not isinstance(value, str):
        raise FieldWrong("has to be text: a name, or PLATFORM=NAME entries separated by commas")
    parts = [part.strip() for part in value.split(",") if part.strip()]
    try:
        if len(parts) == 1 and "=" not in parts[0]:
            return {"": (checked_model(parts[0]),)}
        return {platform.value: names for platform, names in models_of(parts).items()}
    except CampaignError as error:
        raise FieldWrong(f"names no model: {str(error).rstrip('.')}") from None


def _country(value: object) -> str:
    code = country_code(value) if isinstance(value, str) else None
    if code is None:
        raise FieldWrong("has to be a country: an ISO code such as DE, or its English name")
    return code


_READERS: dict[str, Callable[[object], Any]] = {
    "system_message": _text,
    "message_chain": _chain,
    "max_output_tokens": _whole,
    "temperature": _number,
    "top_p": _number,
    "web_search": _flag,
    "force_web_search": _flag,
    "use_reasoning": _flag,
    "web_search_country_iso_code": _country,
    "web_search_city": _text,
}
PARAMETERS = tuple(_READERS)
"""What is sent beside prompt, model and tag, as far as a platform knows it."""
MODEL = "model"
TAG = "tag"
PLACES = {
    "country": "web_search_country_iso_code",
    "country_code": "web_search_country_iso_code",
    "city": "web_search_city",
}
"""What spreadsheets call the place to search from; such a column is a variable as well."""
ROW_FIELDS = frozenset({*PARAMETERS, MODEL, TAG})
"""Columns of these names are the row's own request fields, unless columns are asked to be plain."""


def field_value(name: str, value: object) -> Any:
    """The value as it is sent, from a cell's text or a typed value. Raises FieldWrong."""
    return _models(value) if name == MODEL else _READERS[name](value)
