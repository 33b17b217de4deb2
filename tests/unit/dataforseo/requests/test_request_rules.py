from __future__ import annotations

import math
from typing import Any

import pytest

from promptrelay.dataforseo.requests.rules import RequestRules, problems, warnings
from promptrelay.domain.model import Model
from promptrelay.domain.platform import Method, Platform

GPT, CLAUDE, GEMINI, PERPLEXITY = Platform
STANDARD, LIVE = Method
MODELS = {GPT: "gpt-4.1-mini", CLAUDE: "claude-opus-4-0", GEMINI: "gemini-2.5-flash", PERPLEXITY: "sonar"}
CHAIN = [
    {"role": "user", "message": "Hello, what is up?"},
    {"role": "ai", "message": "Hello! How can I assist you today?"},
]
SAMPLE = {"system_message": "communicate as if in a meeting", "message_chain": CHAIN}
WARM = {"max_output_tokens": 200, "temperature": 0.3}
PARIS = {"web_search": True, "web_search_country_iso_code": "FR"}
SECRET = "a secret text"


@pytest.mark.parametrize(
    ("platform", "method", "parameters"),
    [
        (GPT, LIVE, {**SAMPLE, **WARM, **PARIS, "top_p": 0.5, "web_search_city": "Paris"}),
        (GPT, STANDARD, {**SAMPLE, **PARIS}),
        (CLAUDE, LIVE, {**SAMPLE, **WARM, **PARIS}),
        (CLAUDE, STANDARD, {**SAMPLE, **PARIS, "max_output_tokens": 1024, "temperature": 0.3}),
        (GEMINI, LIVE, {**SAMPLE, **WARM, "top_p": 0.5, "web_search": True}),
        (GEMINI, STANDARD, SAMPLE),
        (PERPLEXITY, LIVE, {**SAMPLE, **WARM, "top_p": 0.5, "web_search_country_iso_code": "FR"}),
    ],
)
def test_the_examples_on_the_provider_s_pages_are_taken(
    platform: Platform, method: Method, parameters: dict[str, Any]
) -> None:
    assert problems(platform, method, MODELS[platform], parameters) == []


@pytest.mark.parametrize(
    ("platform", "model", "parameters", "words"),
    [
        (GPT, "", {"max_output_tokens": 15}, "max_output_tokens is 15, but chat_gpt takes 16 to 4096: raise"),
        (GPT, "o3-mini", {"max_output_tokens": 1023}, "takes 1024 to 4096 because o3-mini reasons"),
        (CLAUDE, "", {"max_output_tokens": 4097}, "claude takes 1 to 4096: lower"),
        (CLAUDE, "", {"max_output_tokens": 1024, "use_reasoning": True}, "1025 to 4096 with use_reasoning"),
        (GEMINI, "", {"max_output_tokens": 1023, "use_reasoning": True}, "1024 to 4096 with use_reasoning"),
        (GEMINI, "", {"max_output_tokens": True}, "max_output_tokens is true: write a whole number"),
        (GEMINI, "", {"max_output_tokens": 20.5}, "max_output_tokens is 20.5: write a whole number"),
        (GEMINI, "", {"max_output_tokens": SECRET}, "max_output_tokens is not a number"),
        (GPT, "", {"temperature": 2.01}, "temperature is 2.01, but chat_gpt takes 0 to 2"),
        (CLAUDE, "", {"temperature": 1.01}, "claude takes 0 to 1:"),
        (PERPLEXITY, "", {"temperature": 1.91}, "perplexity takes 0 to 1.9:"),
        (GEMINI, "", {"temperature": -0.1}, "gemini takes 0 to 2"),
        (GEMINI, "", {"top_p": math.nan}, "top_p is nan, but gemini takes 0 to 1"),
        (GEMINI, "", {"top_p": False}, "top_p is false: write a number from 0 to 1"),
        (GPT, "o1-2024-12-17", {"temperature": 1}, "temperature cannot be chosen because o1-2024-12-17"),
        (GPT, "o4-mini", {"top_p": 1}, "top_p cannot be chosen because o4-mini reasons"),
        (CLAUDE, "", {"top_p": 1, "use_reasoning": True}, "top_p cannot be chosen because use_reasoning"),
        (GPT, "", {"web_search": "yes"}, "web_search is neither true nor false"),
        (GPT, "", {"web_search": 1}, "web_search is neither true nor false"),
        (GPT, "", {"force_web_search": True}, "force_web_search is true without web_search"),
        (GPT, "o4-mini", {"web_search": True, "force_web_search": True}, "because o4-mini reasons"),
        (
            CLAUDE,
            "",
            {"web_search": True, "force_web_search": True, "use_reasoning": True},
            "force_web_search cannot be true because use_reasoning is true",
        ),
        (GPT, "", {"web_search_country_iso_code": "FR"}, "given without web_search"),
        (GPT, "o1", {"web_search": True, "web_search_city": "Paris"}, "web_search_city is not taken by o1"),
        (GPT, "", {"web_search": True, "web_search_city": ""}, "web_search_city is empty"),
        (CLAUDE, "", {"web_search": True, "web_search_country_iso_code": "CZ"}, "claude takes only: AR AT"),
        (GPT, "", {"web_search": True, "web_search_country_iso_code": "fr"}, "two capital letters"),
        (GPT, "", {"web_search": True, "web_search_country_iso_code": 33}, "two capital letters"),
        (PERPLEXITY, "", {"web_search_country_iso_code": "UK"}, "the United Kingdom is GB"),
        (CLAUDE, "", {"system_message": "x" * 501}, "system_message has 501 characters, 1 more than the 500"),
        (CLAUDE, "", {"system_message": 5}, "system_message is not text"),
        (CLAUDE, "", {"system_message": "a\0"}, "system_message has a NUL character at position 2"),
        (CLAUDE, "", {"system_message": "\ud83d"}, "system_message has half a surrogate pair"),
        (CLAUDE, "", {"message_chain": SECRET}, "message_chain is not a list"),
        (CLAUDE, "", {"message_chain": CHAIN * 6}, "message_chain has 12 messages where 10 are allowed"),
        (CLAUDE, "", {"message_chain": [SECRET]}, "message 1 has to be an object with role and message"),
        (CLAUDE, "", {"message_chain": [{"role": "assistant", "message": SECRET}]}, "user or ai"),
        (CLAUDE, "", {"message_chain": [{"role": "ai", "message": ""}]}, "message 1: the message is empty"),
        (CLAUDE, "", {"message_chain": [*CHAIN, {"role": "ai", "message": "x" * 501}]}, "message 3 has 501"),
        (PERPLEXITY, "", {"message_chain": CHAIN[::-1]}, "message 1: perplexity wants user and ai by turns"),
    ],
)
def test_what_the_provider_would_refuse_is_named_with_its_range(
    platform: Platform, model: str, parameters: dict[str, Any], words: str
) -> None:
    found = problems(platform, LIVE, model or MODELS[platform], parameters)
    assert len(found) == 1
    assert words in found[0]
    assert SECRET not in found[0]


@pytest.mark.parametrize("platform", Platform)
def test_the_ends_of_every_range_are_in_it(platform: Platform) -> None:
    hottest = {GPT: 2, CLAUDE: 1, GEMINI: 2, PERPLEXITY: 1.9}[platform]
    for parameters in (
        {"temperature": 0, "max_output_tokens": 4096},
        {"temperature": hottest, "max_output_tokens": 16},
        {"top_p": 0, "system_message": "x" * 500},
        {"top_p": 1, "message_chain": CHAIN * 5},
    ):
        assert problems(platform, LIVE, MODELS[platform], parameters) == []


def test_what_is_not_sent_is_not_checked() -> None:
    """Perplexity knows no web_search, and nothing without a value is sent."""
    parameters = {"web_search": "maybe", "use_reasoning": 7, "temperature": None}
    assert problems(PERPLEXITY, LIVE, "sonar", parameters) == []


def test_the_list_s_flag_makes_a_model_one_that_reasons() -> None:
    facts = Model("gpt-5", reasoning=True)
    parameters = {"temperature": 0.5, "max_output_tokens": 500}
    assert len(problems(GPT, LIVE, "gpt-5", parameters, facts=facts)) == 2
    assert problems(GPT, LIVE, "gpt-5", parameters) == []


def test_a_flag_that_the_list_denies_warns_and_refuses_nothing() -> None:
    facts = Model("m", reasoning=False, web_search=False, task_post=False)
    parameters = {"web_search": True, "use_reasoning": True}
    assert problems(CLAUDE, STANDARD, "m", parameters, facts=facts) == []
    assert len(warnings(CLAUDE, STANDARD, "m", parameters, facts=facts)) == 3


@pytest.mark.parametrize(
    ("platform", "method", "parameters", "loose", "strict"),
    [
        (GPT, LIVE, {"temperature": 1, "top_p": 1}, {}, {"temperature_with_top_p": False}),
        (CLAUDE, LIVE, {"temperature": 1, "top_p": 1}, {}, {"temperature_with_top_p": False}),
        (
            CLAUDE,
            LIVE,
            {"temperature": 1, "use_reasoning": True},
            {"sampling_when_reasoning": True},
            {},
        ),
        (
            CLAUDE,
            LIVE,
            {"web_search": True, "web_search_country_iso_code": "CZ"},
            {"any_claude_country": True},
            {},
        ),
    ],
)
def test_what_the_pages_contradict_is_a_setting_and_warns(
    platform: Platform,
    method: Method,
    parameters: dict[str, Any],
    loose: dict[str, Any],
    strict: dict[str, Any],
) -> None:
    model, taken, refused = MODELS[platform], RequestRules(**loose), RequestRules(**strict)
    assert problems(platform, method, model, parameters, rules=taken) == []
    assert len(warnings(platform, method, model, parameters, rules=taken)) == 1
    assert len(problems(platform, method, model, parameters, rules=refused)) == 1


def test_lengths_and_the_most_tokens_are_settings() -> None:
    rules = RequestRules(max_text_chars=480, max_output_tokens=8192)
    assert problems(GEMINI, LIVE, "m", {"max_output_tokens": 8192}, rules=rules) == []
    assert "481 characters" in problems(GEMINI, LIVE, "m", {"system_message": "x" * 481}, rules=rules)[0]


def test_searching_in_chat_gpt_s_standard_tasks_can_be_switched_off() -> None:
    rules = RequestRules(search_in_chat_gpt_tasks=False)
    assert problems(GPT, STANDARD, "gpt-4o", {"web_search": True}, rules=rules) == [
        "chat_gpt's Standard method is set to take no web_search: leave that out, or ask it live"
    ]
    assert problems(GPT, LIVE, "gpt-4o", {"web_search": True}, rules=rules) == []
    assert problems(CLAUDE, STANDARD, "m", {"web_search": True}, rules=rules) == []


@pytest.mark.parametrize(
    ("platform", "model", "parameters", "words"),
    [
        (CLAUDE, "m", {"web_search_country_iso_code": "FR"}, "given without web_search"),
        (CLAUDE, "m", {"web_search": True, "web_search_country_iso_code": "RU"}, "does not support"),
        (GEMINI, "gemini-2.5-pro", {"use_reasoning": False}, "always reasons"),
        (GEMINI, "gemini-2.5-pro", {"max_output_tokens": 500}, "always reasons"),
        (PERPLEXITY, "sonar", {"message_chain": CHAIN[:1]}, "ends with user"),
    ],
)
def test_what_the_pages_leave_open_warns(
    platform: Platform, model: str, parameters: dict[str, Any], words: str
) -> None:
    assert problems(platform, LIVE, model, parameters) == []
    (found,) = warnings(platform, LIVE, model, parameters)
    assert words in found


def test_perplexity_takes_no_standard_task() -> None:
    assert problems(PERPLEXITY, STANDARD, "sonar", {}) == [
        "perplexity has no Standard method: ask it with method live"
    ]
