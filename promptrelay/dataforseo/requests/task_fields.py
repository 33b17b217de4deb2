"""The fields of a request by platform and method: a task with one unknown field is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptrelay.domain.platform import Method, Platform

_EVERY = frozenset({"max_output_tokens", "temperature", "top_p", "system_message", "message_chain"})
_SEARCH = frozenset({"web_search", "force_web_search", "web_search_country_iso_code", "web_search_city"})
_KNOWN = {
    Platform.CHAT_GPT: _EVERY | _SEARCH,
    Platform.CLAUDE: _EVERY | _SEARCH | {"use_reasoning"},
    Platform.GEMINI: _EVERY | {"web_search", "use_reasoning"},
    Platform.PERPLEXITY: _EVERY | {"web_search_country_iso_code"},
}
_NOTIFY = frozenset({"postback_url", "pingback_url"})


def known_fields(platform: Platform, method: Method) -> frozenset[str]:
    """The parameters that may be sent beside prompt, model and tag."""
    return _KNOWN[platform] | (_NOTIFY if method is Method.STANDARD else frozenset())


def build_task(
    platform: Platform,
    method: Method,
    *,
    prompt: str,
    model: str,
    tag: str,
    parameters: Mapping[str, Any],
) -> dict[str, Any]:
    """One task object; parameters that are None or not known to platform and method are left out."""
    known = known_fields(platform, method)
    chosen = {name: value for name, value in parameters.items() if name in known and value is not None}
    return {"user_prompt": prompt, "model_name": model, **chosen, "tag": tag}
