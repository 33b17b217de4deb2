from __future__ import annotations

from typing import Any

import pytest

from promptrelay.simulator.catalogue import find
from promptrelay.simulator.errors import Invalid, Refused
from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.rules.validation import check, tasks_of

MODEL = {
    "chat_gpt": "gpt-4o",
    "claude": "claude-sonnet-4-0",
    "gemini": "gemini-2.5-flash",
    "perplexity": "sonar",
}
CHAIN = [{"role": "user", "message": "a"}, {"role": "ai", "message": "b"}]


def code_of(platform: str, method: str = "live", settings: tuple[str, ...] = (), **fields: Any) -> int:
    task = {"user_prompt": "hello?", "model_name": MODEL[platform], **fields}
    try:
        check(platform, method, task, SimulatorOptions.parse(settings))
    except Invalid as refusal:
        return refusal.code
    return 0


@pytest.mark.parametrize("platform", MODEL)
def test_a_plain_prompt_is_taken_on_every_platform(platform: str) -> None:
    assert code_of(platform, tag="t", system_message="s", message_chain=CHAIN, max_output_tokens=64) == 0


@pytest.mark.parametrize(
    ("platform", "method", "fields"),
    [
        ("chat_gpt", "live", {"priority": 1}),
        ("chat_gpt", "standard", {"use_reasoning": True}),
        ("chat_gpt", "live", {"postback_url": "https://x.example/"}),
        ("claude", "live", {"pingback_url": "https://x.example/"}),
        ("gemini", "standard", {"force_web_search": True}),
        ("gemini", "standard", {"web_search_country_iso_code": "FR"}),
        ("perplexity", "live", {"web_search": True}),
        ("perplexity", "live", {"web_search_city": "Paris"}),
        ("chat_gpt", "standard", {"id": "mine"}),
    ],
)
def test_a_field_the_platform_does_not_know_is_40506(platform: str, method: str, fields: Any) -> None:
    assert code_of(platform, method, **fields) == 40506


@pytest.mark.parametrize(
    ("platform", "fields"),
    [
        ("chat_gpt", {"user_prompt": "x" * 501}),
        ("chat_gpt", {"user_prompt": ""}),
        ("chat_gpt", {"user_prompt": 5}),
        ("chat_gpt", {"system_message": "x" * 501}),
        ("chat_gpt", {"tag": "x" * 256}),
        ("chat_gpt", {"model_name": "gpt-99"}),
        ("chat_gpt", {"max_output_tokens": 15}),
        ("chat_gpt", {"max_output_tokens": 4097}),
        ("chat_gpt", {"model_name": "gpt-5", "max_output_tokens": 1023}),
        ("chat_gpt", {"model_name": "gpt-5", "temperature": 0.5}),
        ("chat_gpt", {"model_name": "o4-mini", "web_search": True, "force_web_search": True}),
        ("chat_gpt", {"temperature": 2.1}),
        ("chat_gpt", {"temperature": 0.3, "top_p": 0.5}),
        ("chat_gpt", {"top_p": 1.1}),
        ("chat_gpt", {"force_web_search": True}),
        ("chat_gpt", {"web_search": "yes"}),
        ("chat_gpt", {"model_name": "gpt-4.1-nano", "web_search": True}),
        ("chat_gpt", {"web_search_country_iso_code": "FR"}),
        ("chat_gpt", {"web_search": True, "web_search_country_iso_code": "fr"}),
        ("chat_gpt", {"message_chain": CHAIN * 6}),
        ("chat_gpt", {"message_chain": [{"role": "system", "message": "a"}]}),
        ("claude", {"temperature": 1.1}),
        ("claude", {"use_reasoning": True, "max_output_tokens": 1024}),
        ("claude", {"use_reasoning": True, "top_p": 0.5}),
        ("claude", {"use_reasoning": True, "web_search": True, "force_web_search": True}),
        ("claude", {"web_search": True, "web_search_country_iso_code": "GR"}),
        ("claude", {"model_name": "claude-3-5-haiku-latest", "use_reasoning": True}),
        ("gemini", {"use_reasoning": True, "max_output_tokens": 1023}),
        ("perplexity", {"temperature": 2.0}),
        ("perplexity", {"message_chain": CHAIN[::-1]}),
    ],
)
def test_a_value_out_of_bounds_is_40501(platform: str, fields: Any) -> None:
    assert code_of(platform, **fields) == 40501


@pytest.mark.parametrize(
    ("platform", "fields"),
    [
        ("chat_gpt", {"user_prompt": "語" * 500}),
        ("chat_gpt", {"web_search": True, "force_web_search": True, "web_search_city": "Paris"}),
        ("chat_gpt", {"model_name": "gpt-5", "max_output_tokens": 1024}),
        ("claude", {"use_reasoning": True, "max_output_tokens": 1025}),
        ("claude", {"web_search": True, "web_search_country_iso_code": "RU"}),
        ("gemini", {"temperature": 1.9, "top_p": 0.5}),
        ("perplexity", {"temperature": 1.9, "web_search_country_iso_code": "FR"}),
    ],
)
def test_a_value_at_its_bound_is_taken(platform: str, fields: Any) -> None:
    assert code_of(platform, **fields) == 0


def test_callbacks_belong_to_the_standard_method() -> None:
    assert (
        code_of("claude", "standard", postback_url="https://x.example/?id=$id", pingback_url="http://y/") == 0
    )
    assert code_of("claude", "standard", postback_url="ftp://x") == 40501


def test_web_search_in_a_chat_gpt_post_can_be_unknown() -> None:
    assert code_of("chat_gpt", "standard", web_search=True) == 0
    assert code_of("chat_gpt", "standard", ("chat_gpt_post_web_search=off",), web_search=True) == 40506


def test_temperature_with_top_p_can_be_taken() -> None:
    assert code_of("claude", settings=("temperature_with_top_p=on",), temperature=0.3, top_p=0.5) == 0


def test_a_platform_or_a_model_can_lose_task_post() -> None:
    assert code_of("gemini", "standard", ("no_standard=gemini, gpt-4o",)) == 40501
    assert code_of("chat_gpt", "standard", ("no_standard=gemini, gpt-4o",)) == 40501
    assert code_of("chat_gpt", "live", ("no_standard=gemini, gpt-4o",)) == 0


def test_short_names_stand_for_dated_models() -> None:
    for platform, name, dated in (
        ("chat_gpt", "gpt-4.1", "gpt-4.1-2025-04-14"),
        ("claude", "claude-opus-4-0", "claude-opus-4-20250514"),
        ("gemini", "gemini-2.5-flash", "gemini-2.5-flash"),
    ):
        model = find(platform, name)
        assert model is not None
        assert model.dated == dated
        again = find(platform, dated)
        assert again is not None
        assert again.dated == dated


@pytest.mark.parametrize(
    ("body", "code"),
    [(b"", 40502), (b"[]", 40502), (b"{}", 40503), (b"[1]", 40503), (b"[{", 40503), (b'["\xff"]', 40503)],
)
def test_a_body_that_is_no_array_of_tasks_is_refused_whole(body: bytes, code: int) -> None:
    with pytest.raises(Refused) as refused:
        tasks_of(body)
    assert refused.value.code == code
