"""What a campaign file may say under `schedule:`."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from producers.campaign.amounts import Amount
from producers.campaign.known_keys import KnownKeys
from producers.errors import ScheduleError
from producers.written_times import seconds_of, zone_of
from promptrelay.domain.money import ZERO, Usd


class ScheduleFile(KnownKeys):
    """When the campaign is run again and again; `promptrelay schedule add` reads it."""

    cron: str | None = Field(None, min_length=1, max_length=255)
    every: str | None = None
    zone: str | None = None
    start: str | None = None
    end: str | None = None
    jitter: str | None = None
    misfire: Literal["skip", "once", "all"] | None = None
    misfire_max: int | None = Field(None, ge=1, le=100)
    overlap: Literal["skip", "queue", "allow"] | None = None
    monthly_cap: Amount = None

    @field_validator("every", "jitter")
    @classmethod
    def _is_a_length(cls, text: str | None) -> str | None:
        try:
            return text if text is None or seconds_of(text, field="it") else None
        except ScheduleError:
            raise PydanticCustomError("length", "has to be a number and s, m, h, d or w, as in 6h") from None

    @field_validator("zone")
    @classmethod
    def _is_a_zone(cls, name: str | None) -> str | None:
        try:
            return name if name is None or zone_of(name) else None
        except ScheduleError as error:
            raise PydanticCustomError("zone", "{what}", {"what": str(error).rstrip(".")}) from None

    @field_validator("monthly_cap")
    @classmethod
    def _pays_for_something(cls, amount: str | None) -> str | None:
        if amount is not None and Usd.of(amount) <= ZERO:
            raise PydanticCustomError("cap", "has to be more than 0 USD")
        return amount
