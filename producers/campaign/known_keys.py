"""What a part of a campaign file may hold: its keys are known, or refused with the nearest that is."""

from __future__ import annotations

import difflib

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

from producers.prompts.request_fields import PARAMETERS

_NOT_YET = ("brands", "brand_entities")


class KnownKeys(BaseModel):
    """Takes the keys that it knows, and nothing that has to be guessed."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    @model_validator(mode="before")
    @classmethod
    def _knows_every_key(cls, values: object) -> object:
        names = [field.alias or name for name, field in cls.model_fields.items()]
        for key in values if isinstance(values, dict) else ():
            if key not in names:
                raise PydanticCustomError("unknown_key", "{what}", {"key": key, "what": _unknown(key, names)})
        return values


def _unknown(key: str, names: list[str]) -> str:
    if key in _NOT_YET:
        return "not known yet; leave it out"
    if key in PARAMETERS and "parameters" in names:
        return f"unknown key; did you mean parameters.{key}?"
    near = nearest(key, names)
    return f"unknown key; did you mean {near}?" if near else f"unknown key; there are {', '.join(names)}"


def nearest(text: str, names: list[str]) -> str | None:
    """The name that was probably meant."""
    near = difflib.get_close_matches(text, names, n=1)
    return near[0] if near else None
