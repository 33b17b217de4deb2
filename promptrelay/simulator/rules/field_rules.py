"""The values that each request field may have, per platform and model."""

from __future__ import annotations

from typing import Any

from promptrelay.simulator.catalogue import Model
from promptrelay.simulator.envelope import Json
from promptrelay.simulator.errors import Invalid
from promptrelay.simulator.options import SimulatorOptions

_HOTTEST = {"chat_gpt": 2.0, "claude": 1.0, "gemini": 2.0, "perplexity": 1.9}
_CLAUDE_COUNTRIES = (
    "AR AT AU BE BR CA CH CL CN DE DK ES FI FR GB HK ID IN "
    "IT JP KR MX MY NL NO NZ PH PL PT RU SA SE TR TW US ZA"
)
_NO_PLACE = ("o3-mini", "o1-pro", "o1")


def check_values(platform: str, task: Json, model: Model, options: SimulatorOptions) -> None:
    """Raises Invalid 40501 with the first field whose value the provider would not take."""
    _texts(task)
    _chain(platform, task.get("message_chain"))
    for flag in ("web_search", "force_web_search", "use_reasoning"):
        _need(isinstance(task.get(flag, False), bool), flag)
    _tokens(platform, task, model)
    _sampling(platform, task, model, options)
    _search(platform, task, model)
    if task.get("use_reasoning"):
        _need(model.reasoning, "use_reasoning")


def _need(holds: object, field: str) -> None:
    if not holds:
        raise Invalid(40501, f"'{field}'")


def _texts(task: Json) -> None:
    _need(_is_text(task.get("user_prompt"), 1, 500), "user_prompt")
    _need(_is_text(task.get("system_message", ""), 0, 500), "system_message")
    _need(_is_text(task.get("tag", ""), 0, 255), "tag")
    for field in ("postback_url", "pingback_url"):
        url = task.get(field, "http://")
        _need(isinstance(url, str) and url.startswith(("http://", "https://")), field)


def _is_text(value: object, shortest: int, longest: int) -> bool:
    return isinstance(value, str) and shortest <= len(value) <= longest


def _chain(platform: str, chain: Any) -> None:
    if chain is None:
        return
    _need(isinstance(chain, list) and len(chain) <= 10, "message_chain")
    for place, link in enumerate(chain):
        _need(isinstance(link, dict) and link.keys() == {"role", "message"}, "message_chain")
        _need(link["role"] in ("user", "ai") and _is_text(link["message"], 1, 500), "message_chain")
        if platform == "perplexity":
            _need(link["role"] == ("user", "ai")[place % 2], "message_chain")


def _tokens(platform: str, task: Json, model: Model) -> None:
    tokens = task.get("max_output_tokens", 2048)
    whole = isinstance(tokens, int) and not isinstance(tokens, bool)
    _need(whole and _fewest_tokens(platform, task, model) <= tokens <= 4096, "max_output_tokens")


def _fewest_tokens(platform: str, task: Json, model: Model) -> int:
    if platform == "chat_gpt":
        return 1024 if model.reasoning else 16
    if not task.get("use_reasoning"):
        return 1
    return {"claude": 1025, "gemini": 1024}[platform]


def _sampling(platform: str, task: Json, model: Model, options: SimulatorOptions) -> None:
    for field, most in (("temperature", _HOTTEST[platform]), ("top_p", 1.0)):
        value = task.get(field, 0)
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        _need(is_number and 0 <= value <= most, field)
    fixed = (platform == "chat_gpt" and model.reasoning) or (
        platform == "claude" and task.get("use_reasoning")
    )
    for field in ("temperature", "top_p"):
        _need(not (fixed and field in task), field)
    if platform in ("chat_gpt", "claude") and not options.temperature_with_top_p:
        _need(not ("temperature" in task and "top_p" in task), "top_p")


def _search(platform: str, task: Json, model: Model) -> None:
    searches = task.get("web_search", platform == "perplexity")
    _need(model.web_search or not searches, "web_search")
    if task.get("force_web_search"):
        fixed = model.reasoning if platform == "chat_gpt" else task.get("use_reasoning")
        _need(searches and not fixed, "force_web_search")
    for field in ("web_search_country_iso_code", "web_search_city"):
        if field in task:
            _need(isinstance(task[field], str) and task[field], field)
            _need(platform != "chat_gpt" or (searches and _places(model)), field)
    country = task.get("web_search_country_iso_code", "FR")
    _need(len(country) == 2 and country.isalpha() and country.isupper(), "web_search_country_iso_code")
    _need(platform != "claude" or country in _CLAUDE_COUNTRIES, "web_search_country_iso_code")


def _places(model: Model) -> bool:
    return not any(model.name == name or model.name.startswith(f"{name}-20") for name in _NO_PLACE)
