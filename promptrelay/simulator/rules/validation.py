"""Whether a request is one the provider takes: its shape, its fields and their values."""

from __future__ import annotations

import msgspec

from promptrelay.simulator.catalogue import Model, find, takes_standard
from promptrelay.simulator.envelope import Json
from promptrelay.simulator.errors import Invalid, Refused
from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.rules.field_rules import check_values

_EVERYWHERE = {
    "user_prompt",
    "model_name",
    "max_output_tokens",
    "temperature",
    "top_p",
    "system_message",
    "message_chain",
    "tag",
}
_SEARCH = {"web_search", "force_web_search", "web_search_country_iso_code", "web_search_city"}
_CALLBACKS = {"postback_url", "pingback_url"}
_FIELDS = {
    "chat_gpt": _EVERYWHERE | _SEARCH,
    "claude": _EVERYWHERE | _SEARCH | {"use_reasoning"},
    "gemini": _EVERYWHERE | {"web_search", "use_reasoning"},
    "perplexity": _EVERYWHERE | {"web_search_country_iso_code"},
}


def tasks_of(body: bytes) -> list[Json]:
    """Reads the array of tasks from a body; 40502 for an empty one, 40503 for anything else."""
    if not body.strip():
        raise Refused(40502)
    try:
        tasks = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused(40503) from error
    if not isinstance(tasks, list) or not all(isinstance(task, dict) for task in tasks):
        raise Refused(40503)
    if not tasks:
        raise Refused(40502)
    return tasks


def known_fields(platform: str, method: str, options: SimulatorOptions) -> set[str]:
    """Names the fields that a platform takes by a method."""
    fields = _FIELDS[platform] | (_CALLBACKS if method == "standard" else set())
    if platform == "chat_gpt" and method == "standard" and not options.chat_gpt_post_web_search:
        fields = fields - _SEARCH
    return fields


def check(platform: str, method: str, task: Json, options: SimulatorOptions) -> Model:
    """Gives the model a valid request asks for; raises Invalid with the code and the field otherwise."""
    unknown = task.keys() - known_fields(platform, method, options)
    if unknown:
        raise Invalid(40506, f"'{min(unknown)}'")
    # Null is as good as left out: the provider's own client libraries send every field they know.
    task = {field: value for field, value in task.items() if value is not None}
    model = find(platform, task.get("model_name"))
    if model is None or (method == "standard" and not takes_standard(platform, model, options)):
        raise Invalid(40501, "'model_name'")
    check_values(platform, task, model, options)
    return model
