"""What the client library offers for this API, found in it, and what it does not know of a reply."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from typing import Any

from dataforseo_client.api.ai_optimization_api import AiOptimizationApi

_MODELS = {
    "chat_gpt": "gpt-4.1-mini",
    "claude": "claude-sonnet-4-0",
    "gemini": "gemini-2.5-flash",
    "perplexity": "sonar",
}
_SEARCHES = ("web_search", "force_web_search")
LATER_FIELDS = {
    # Newer than some versions of the library, which keep what they do not know beside what they do.
    "reasoning",
    "start_index",
    "end_index",
    "text",
    "annotations",
    "fan_out_queries",
}


def calls() -> list[str]:
    """Every call of the library that belongs to this API."""
    names = (name for name in vars(AiOptimizationApi) if "_llm_responses_" in name)
    return sorted(name for name in names if not name.endswith(("_http_info", "_content", "_serialize")))


def platform_of(call: str) -> str:
    return call.split("_llm_responses_", maxsplit=1)[0].lstrip("_")


def endpoint_of(call: str) -> str:
    return call.split("_llm_responses_", maxsplit=1)[1]


def request(call: str, **fields: Any) -> Any:
    """A task as the library's own class for that call, with a search where it knows one."""
    platform = platform_of(call)
    module = f"ai_optimization_{call}_request_info"
    name = "".join(part.capitalize() for part in module.split("_"))
    kind = getattr(importlib.import_module(f"dataforseo_client.models.{module}"), name)
    searches = dict.fromkeys((flag for flag in _SEARCHES if flag in kind.model_fields), True)
    told = {"user_prompt": "which bakery is best?", "model_name": _MODELS[platform], "tag": f"own:{call}"}
    return kind(**{**told, **searches, **fields})


def unknown(model: Any) -> Iterator[str]:
    """The names of a typed reply that its classes do not know, however deep."""
    if isinstance(model, list):
        for item in model:
            yield from unknown(item)
    elif hasattr(model, "additional_properties"):
        yield from model.additional_properties
        for name in type(model).model_fields:
            if name != "additional_properties":
                yield from unknown(getattr(model, name))
