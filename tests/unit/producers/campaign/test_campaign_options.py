"""The command line goes before the file, and the file before the settings."""

from __future__ import annotations

from pathlib import Path

import click
import pytest

from producers.campaign.errors import CampaignFileWrong
from producers.errors import CampaignError
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from tests.unit.producers.conftest import Asked, Written

GPT, CLAUDE, GEMINI, PERPLEXITY = Platform

FULL = """
name: shoes
prompts: {file: p.csv, column: ask, plain_columns: true}
template: "{{ ask }} in {{ city }}?"
platforms:
  chat_gpt: {models: [gpt-4o, gpt-4.1], method: live, parameters: {temperature: 0.2}}
  gemini:
method: auto
repeats: 3
keep_duplicates: true
skip_invalid: true
parameters: {temperature: 1.0, system_message: Be kind, message_chain: [{role: user, message: "{{ city }}"}]}
tag: mine
caps: {max_cost: 12.50, max_float: "3"}
priority: 5
weight: 7
on_lost_live: retry
"""


def test_a_campaign_file_says_everything(asked: Asked, written: Written) -> None:
    path = written(FULL)
    spec = asked(path)
    assert (spec.name, spec.platforms, spec.platforms_assumed) == ("shoes", (GPT, GEMINI), False)
    assert spec.models == {GPT: ("gpt-4o", "gpt-4.1"), GEMINI: ("gemini-2.5-flash",)}
    assert [spec.method_of(p) for p in spec.platforms] == [Method.LIVE, Method.STANDARD]
    assert (spec.repeats, spec.keep_duplicates, spec.skip_invalid) == (3, True, True)
    assert spec.parameters_of(GPT)["temperature"] == 0.2
    assert spec.parameters_of(GEMINI)["temperature"] == 1
    assert (spec.max_cost, spec.max_float) == (Usd.of("12.5"), Usd.of(3))
    assert (spec.priority, spec.weight, spec.on_lost_live, spec.tag) == (5, 7, "retry", "mine")
    assert (spec.prompt_column, spec.plain_columns, spec.template) == (
        "ask",
        True,
        "{{ ask }} in {{ city }}?",
    )
    assert spec.prompts_of(path) == path.with_name("p.csv")


def test_options_go_before_the_file(asked: Asked, written: Written) -> None:
    spec = asked(
        *(written(FULL), "--platform", "chat_gpt", "--platform", "claude", "--model", "chat_gpt=gpt-5"),
        *(
            "--method",
            "standard",
            "--repeats",
            2,
            "--name",
            "other",
            "--tag",
            "t",
            "--template",
            "{{ city }}",
        ),
        *("--temperature", "0.5", "--no-web-search", "--max-cost", 1, "--priority", 0, "--weight", 1),
        *("--prompt-column", "city", "--on-lost-live", "fail"),
    )
    assert (spec.platforms, spec.models[GPT]) == ((GPT, CLAUDE), ("gpt-5",))
    assert spec.method_of(GPT) is Method.STANDARD
    assert (spec.repeats, spec.name, spec.tag, spec.template) == (2, "other", "t", "{{ city }}")
    assert {spec.parameters_of(p)["temperature"] for p in spec.platforms} == {0.5}
    assert spec.parameters["web_search"] is False
    assert (spec.max_cost, spec.max_float) == (Usd.of(1), Usd.of(3))
    assert (spec.priority, spec.weight, spec.on_lost_live, spec.prompt_column) == (0, 1, "fail", "city")


def test_a_prompt_file_alone_goes_to_chat_gpt_and_says_so(asked: Asked, tmp_path: Path) -> None:
    path = tmp_path / "p.csv"
    spec = asked(path)
    assert (spec.name, spec.platforms, spec.platforms_assumed) == ("p", (GPT,), True)
    assert (spec.method, spec.repeats, spec.parameters, spec.prompts_of(path)) == ("standard", 1, {}, path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("caps: {max_cost: 0}", "max_cost is 0; it has to be more than 0 USD"),
        ("parameters: {temperature: 3}", "chat_gpt with gpt-4o-mini would be refused: temperature is 3"),
        (
            "platforms: {gemini: {parameters: {web_search_city: Oslo}}}",
            "gemini does not know .* web_search_city",
        ),
        ("platforms: {claude: {models: a b}}", "a b is no model name"),
        ("template: '{{ city'", "template, line 1: unexpected end"),
        ("template: '{{ city * 9 }}'", "template, line 1: mul is not allowed"),
        (
            "parameters: {system_message: '{{ city|nope }}'}",
            "chat_gpt: system_message, line 1: there is no filter",
        ),
        (f"parameters: {{system_message: {'x' * 501}}}", "system_message has 501 characters"),
        (
            "platforms: [perplexity]\nparameters: {message_chain: [{role: ai, message: x}]}",
            "perplexity wants user and ai by turns",
        ),
    ],
)
def test_what_no_platform_would_take_is_refused_with_the_files_name(
    asked: Asked, written: Written, text: str, said: str
) -> None:
    path = written(f"prompts: {{file: p.csv}}\n{text}\n")
    with pytest.raises(CampaignFileWrong, match=said) as refused:
        asked(path)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--temperature", "3"], "temperature is 3"),
        (["--top-p", "2"], "top_p is 2"),
        (["--country", "UK", "--web-search"], "web_search_country_iso_code is UK"),
        (["--city", "Rome", "--platform", "gemini"], "No chosen platform knows .* web_search_city"),
        (["--on-lost-live", "x"], "on_lost_live is x; it has to be fail or retry"),
        (["--priority", "9999"], "priority is 9999; it has to be -1000 to 1000"),
        (["--template", "{{"], "^--template, line 1"),
        (["--method", "fast"], "^There is no method called fast"),
        (["--platform", "gemni"], "^There is no platform called gemni"),
        (["--model", "claude=x"], "A model is chosen for claude, which is not asked"),
    ],
)
def test_an_option_that_cannot_be_is_refused(
    asked: Asked, tmp_path: Path, words: list[str], said: str
) -> None:
    (tmp_path / "c.yaml").write_text("prompts: {file: p.csv}\n")
    with pytest.raises(CampaignError, match=said):
        asked(tmp_path / "p.csv", *words)
    with pytest.raises(CampaignError, match=said):
        asked(tmp_path / "c.yaml", *words)


def test_an_amount_that_is_none_names_its_option(asked: Asked, tmp_path: Path) -> None:
    with pytest.raises(click.UsageError, match="--max-cost: 'lots' is not an amount"):
        asked(tmp_path / "p.csv", "--max-cost", "lots")


@pytest.mark.parametrize("written", ["DE", "de", "Germany", "germany"])
def test_a_country_is_meant_however_it_is_written(asked: Asked, tmp_path: Path, written: str) -> None:
    spec = asked(tmp_path / "p.csv", "--country", written, "--web-search")
    assert spec.parameters["web_search_country_iso_code"] == "DE"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--country", "DE", "--country", "AT"],
            "--country stands twice: put a column country into",
        ),
        (["--country", "Atlantis"], "--country: Atlantis is no ISO code such as DE and no country's English"),
    ],
)
def test_a_country_that_cannot_be_meant_is_refused(
    asked: Asked, tmp_path: Path, words: list[str], said: str
) -> None:
    with pytest.raises(click.UsageError, match=said):
        asked(tmp_path / "p.csv", *words, "--web-search")
