from __future__ import annotations

import json

import pytest

from promptrelay.dataforseo.client import encode_tasks
from promptrelay.dataforseo.requests.task_fields import build_task, known_fields
from promptrelay.domain.platform import Method, Platform

SEARCH = ("web_search", "force_web_search", "web_search_country_iso_code", "web_search_city")
EVERY = ("max_output_tokens", "temperature", "top_p", "system_message", "message_chain")
NOTIFY = ("postback_url", "pingback_url")
EVERYTHING = {name: name for name in (*EVERY, *SEARCH, *NOTIFY, "use_reasoning", "priority")}
NOT_KNOWN = {
    (Platform.CHAT_GPT, Method.STANDARD): {"priority", "use_reasoning"},
    (Platform.CHAT_GPT, Method.LIVE): {"priority", "use_reasoning", "postback_url", "pingback_url"},
    (Platform.CLAUDE, Method.STANDARD): {"priority"},
    (Platform.CLAUDE, Method.LIVE): {"priority", "postback_url", "pingback_url"},
    (Platform.GEMINI, Method.STANDARD): {
        "priority", "force_web_search", "web_search_country_iso_code", "web_search_city",
    },
    (Platform.PERPLEXITY, Method.LIVE): {
        "priority", "web_search", "force_web_search", "web_search_city", "use_reasoning",
        "postback_url", "pingback_url",
    },
}  # fmt: skip


@pytest.mark.parametrize(("platform", "method"), NOT_KNOWN)
def test_only_fields_that_the_endpoint_knows_are_sent(platform: Platform, method: Method) -> None:
    """One unknown field and the provider refuses the task."""
    task = build_task(platform, method, prompt="p", model="m", tag="t", parameters=EVERYTHING)
    missing = NOT_KNOWN[platform, method]
    assert task.keys() == {"user_prompt", "model_name", "tag"} | (EVERYTHING.keys() - missing)
    assert EVERYTHING.keys() - known_fields(platform, method) == missing


def test_a_parameter_cannot_replace_prompt_model_or_tag() -> None:
    task = build_task(
        Platform.CLAUDE,
        Method.LIVE,
        prompt="p",
        model="m",
        tag="t",
        parameters={"tag": "x", "user_prompt": "x"},
    )
    assert task == {"user_prompt": "p", "model_name": "m", "tag": "t"}


def test_false_is_sent_and_none_is_not() -> None:
    parameters = {"web_search": False, "temperature": None}
    task = build_task(Platform.GEMINI, Method.LIVE, prompt="p", model="m", tag="t", parameters=parameters)
    assert task["web_search"] is False
    assert "temperature" not in task


def test_a_body_is_an_array_in_plain_utf_8() -> None:
    body = encode_tasks([{"user_prompt": "Grüße, 世界"}])
    assert "Grüße, 世界".encode() in body
    assert json.loads(body) == [{"user_prompt": "Grüße, 世界"}]


@pytest.mark.parametrize("tasks", [[], [{}] * 101, [{"temperature": float("nan")}]])
def test_a_body_that_the_provider_would_refuse_whole_is_not_made(tasks: list[dict[str, object]]) -> None:
    with pytest.raises(ValueError, match=r"allowed|compliant"):
        encode_tasks(tasks)
