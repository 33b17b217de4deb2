"""What a campaign file may say: its keys, their types and bounds."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from producers.campaign.amounts import Amount
from producers.campaign.known_keys import KnownKeys
from producers.campaign.parameters import Parameters
from producers.campaign.schedule_section import ScheduleFile
from producers.errors import CampaignError
from producers.platform_names import platform_of

MethodName = Literal["standard", "live", "auto"]


class PlatformOptions(KnownKeys):
    """What is said of one platform; the shared parameters give way to these."""

    models: list[str] = Field(default_factory=list)
    method: MethodName | None = None
    parameters: Parameters = Parameters()

    @field_validator("models", mode="before")
    @classmethod
    def _one_or_more(cls, value: object) -> object:
        return [value] if isinstance(value, str) else ([] if value is None else value)


class Prompts(KnownKeys):
    """Where the prompts are: in a file, or here."""

    file: str | None = Field(None, min_length=1)
    """Relative to the folder of the campaign file, and in it or below (`prompt_folders.py`)."""
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


class Caps(KnownKeys):
    """The most that a run may cost, and the most cash that may be out at once."""

    max_cost: Amount = None
    max_float: Amount = None


class CampaignFile(KnownKeys):
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
    schedule: ScheduleFile | None = None

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
