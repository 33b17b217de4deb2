"""The JSON Schema of campaign files, for editors and for other programs."""

from __future__ import annotations

from typing import Any

from producers.campaign.file import CampaignFile
from producers.campaign.parameters import Message
from producers.prompts.templates import MAX_TEMPLATE_CHARS
from promptrelay.domain.platform import Platform

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_TEXTS = {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}, {"type": "null"}]}
_AMOUNT = {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "string"}, {"type": "null"}]}
_ENTRY = {"anyOf": [{"type": "string"}, {"type": "object"}]}


def campaign_schema() -> dict[str, Any]:
    """The schema of what `read_campaign` takes: also the short forms, which are written out when read."""
    schema = CampaignFile.model_json_schema(by_alias=True)
    parts, keys = schema["$defs"], schema["properties"]
    parts["Message"] = Message.model_json_schema()
    entries = {"type": "array", "items": _ENTRY, "minItems": 1}
    parts["Prompts"]["properties"]["list"] = entries
    parts["Prompts"]["oneOf"] = [{"required": ["file"]}, {"required": ["list"]}]
    parts["PlatformOptions"]["properties"]["models"] = _TEXTS
    parts["Caps"]["properties"] = {"max_cost": _AMOUNT, "max_float": _AMOUNT}
    parts["ScheduleFile"]["properties"]["monthly_cap"] = _AMOUNT
    messages = {"type": "array", "items": {"$ref": "#/$defs/Message"}, "maxItems": 10}
    parts["Parameters"]["properties"]["message_chain"] = {"anyOf": [messages, {"type": "null"}]}
    keys["prompts"] = {"anyOf": [{"$ref": "#/$defs/Prompts"}, entries]}
    keys["platforms"] = _platforms()
    keys["template"] = {"anyOf": [{"type": "string", "maxLength": MAX_TEMPLATE_CHARS}, {"type": "null"}]}
    return {"$schema": _DIALECT, **schema, "title": "promptrelay campaign"}


def _platforms() -> dict[str, Any]:
    names = [platform.value for platform in Platform]
    options = {"anyOf": [{"$ref": "#/$defs/PlatformOptions"}, {"type": "null"}]}
    return {
        "anyOf": [
            {"enum": names},
            {"type": "array", "items": {"enum": names}},
            {"type": "object", "properties": dict.fromkeys(names, options), "additionalProperties": False},
        ]
    }
