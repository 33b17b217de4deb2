"""The request fields of a campaign file."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from producers.campaign.known_keys import KnownKeys
from producers.prompts.request_fields import PARAMETERS, FieldWrong, field_value


class Message(KnownKeys):
    """One message of the talk that comes before the prompt."""

    role: Literal["user", "ai"]
    message: str


class Parameters(KnownKeys):
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
