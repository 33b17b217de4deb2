"""What a campaign file may say: its keys, their types and bounds."""

from __future__ import annotations

import difflib
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_core import PydanticCustomError

from producers.errors import CampaignError
from producers.platform_choice import platform_of
from producers.request_fields import PARAMETERS, FieldWrong, field_value
from promptrelay.domain.money import Usd

MethodName = Literal["standard", "live", "auto"]
_NOT_YET = ("brands", "brand_entities", "schedule", "schedules")


class _Known(BaseModel):
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
    near = difflib.get_close_matches(key, names, n=1)
    return f"unknown key; did you mean {near[0]}?" if near else f"unknown key; there are {', '.join(names)}"


def _usd(value: object) -> str:
    """The amount as decimal text; figures come with the digits that were written."""
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
            raise ValueError
        return str(Usd.of(str(value)))
    except ValueError:
        raise PydanticCustomError("usd", "has to be an amount in USD, such as 12.50") from None


Amount = Annotated[str | None, BeforeValidator(lambda value: None if value is None else _usd(value))]


class Message(_Known):
    """One message of the talk that comes before the prompt."""

    role: Literal["user", "ai"]
    message: str


class Parameters(_Known):
    """Request fields; a platform is sent those that it knows. Texts may hold `{{column}}`."""

    system_message: str | None = None
    message_chain: list[dict[str, str]] | None = None
    max_output_tokens: int | None = None
    temperature: int | float | None = None
    top_p: int | float | None = None
    web_search: bool | None = None
    force_web_search: bool | None = None
    use_reasoning: bool | None = None
    web_search_country_iso_code: str | None = None
    web_search_city: str | None = None

    @field_validator(*PARAMETERS, mode="before")
    @classmethod
    def _is_readable(cls, value: object, info: ValidationInfo) -> object:
        if value is None:
            return value
        try:
            return field_value(str(info.field_name), value)
        except FieldWrong as error:
            raise PydanticCustomError("field", "{what}", {"what": str(error)}) from None

    def given(self) -> dict[str, Any]:
        """Those that have a value."""
        return self.model_dump(exclude_none=True)


class PlatformOptions(_Known):
    """What is said of one platform; the shared parameters give way to these."""

    models: list[str] = Field(default_factory=list)
    method: MethodName | None = None
    parameters: Parameters = Parameters()

    @field_validator("models", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return [value] if isinstance(value, str) else ([] if value is None else value)


class Prompts(_Known):
    """Where the prompts are: in a file, or here."""

    file: str | None = Field(None, min_length=1)
    """Relative to the folder of the campaign file."""
    entries: list[dict[str, Any]] | None = Field(None, alias="list", min_length=1)
    column: str | None = None
    plain_columns: bool = False

    @field_validator("entries", mode="before")
    @classmethod
    def _texts_are_prompts(cls, value: object) -> object:
        if not isinstance(value, list):
            return value
        if not all(isinstance(entry, str | dict) for entry in value):
            raise PydanticCustomError("entry", "each entry has to be text, or a mapping with a prompt")
        return [{"prompt": entry} if isinstance(entry, str) else entry for entry in value]

    @model_validator(mode="after")
    def _one_place(self) -> Prompts:
        if (self.file is None) == (self.entries is None):
            raise PydanticCustomError("prompts", "has to have either file or list")
        return self


class Caps(_Known):
    """The most that a run may cost, and the most cash that may be out at once."""

    max_cost: Amount = None
    max_float: Amount = None


class CampaignFile(_Known):
    """A campaign as its file describes it."""

    name: str | None = Field(None, min_length=1, max_length=128)
    prompts: Prompts
    template: str | None = None
    platforms: dict[str, PlatformOptions] = Field(default_factory=dict)
    method: MethodName = "standard"
    repeats: int = Field(1, ge=1, le=1_000)
    keep_duplicates: bool = False
    skip_invalid: bool = False
    parameters: Parameters = Parameters()
    tag: str | None = Field(None, min_length=1, max_length=255)
    caps: Caps = Caps()
    priority: int = Field(0, ge=-1_000, le=1_000)
    weight: int = Field(1, ge=1, le=1_000)
    on_lost_live: Literal["fail", "retry"] = "fail"

    @field_validator("prompts", mode="before")
    @classmethod
    def _a_list_may_stand_alone(cls, value: object) -> object:
        return {"list": value} if isinstance(value, list) else value

    @field_validator("platforms", mode="before")
    @classmethod
    def _platforms_by_name(cls, value: object) -> object:
        named = [value] if isinstance(value, str) else value
        if isinstance(named, list) and all(isinstance(name, str) for name in named):
            named = dict.fromkeys(named)
        if not isinstance(named, dict):
            raise PydanticCustomError("platforms", "has to be a list of platforms, or a mapping by platform")
        found: dict[str, object] = {}
        for name, options in named.items():
            platform = _platform(name)
            if platform in found:
                raise PydanticCustomError("platforms", "names {name} twice", {"name": platform})
            found[platform] = {} if options is None else options
        return found


def _platform(name: str) -> str:
    try:
        return platform_of(name).value
    except CampaignError as error:
        raise PydanticCustomError("platform", "{what}", {"what": _inside(str(error))}) from None


def _inside(sentence: str) -> str:
    """The sentence as part of another."""
    return sentence[:1].lower() + sentence[1:].rstrip(".")
