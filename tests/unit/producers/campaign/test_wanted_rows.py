"""A row's own request fields go before the campaign's, and are checked before a cent is spent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from producers.campaign.spec import CampaignSpec
from producers.campaign.wanted_rows import WantedRow, WantedRows
from producers.prompts.rows import RefusedRow
from promptrelay.domain.platform import Platform
from tests.unit.producers.conftest import Spec, Written

GPT, CLAUDE, GEMINI, PERPLEXITY = Platform
CHAIN = '[{"role": "user", "message": "a"}, {"role": "ai", "message": "b"}]'


def rows(spec: CampaignSpec, path: Path) -> Iterator[WantedRow | RefusedRow]:
    return WantedRows(spec, path)


def only(spec: CampaignSpec, path: Path) -> WantedRow:
    (row,) = rows(spec, path)
    assert isinstance(row, WantedRow), row
    return row


def reason(spec: CampaignSpec, path: Path) -> str:
    (row,) = rows(spec, path)
    assert isinstance(row, RefusedRow)
    assert "\n" not in row.reason
    return f"line {row.line_no}: {row.reason}"


def sent(row: WantedRow) -> dict[Platform, dict[str, Any]]:
    return {target.platform: dict(target.parameters) for target in row.targets}


def test_a_platform_is_sent_those_of_the_rows_fields_that_it_knows(spec: Spec, written: Written) -> None:
    line = (
        f'{{"prompt": "p", "system_message": "s", "message_chain": {CHAIN}, "max_output_tokens": "900",'
        ' "temperature": 0.70, "web_search": "TRUE", "web_search_city": "Oslo", "use_reasoning": false,'
        ' "web_search_country_iso_code": "NO", "tag": "t", "price": 3}'
    )
    row = only(spec(), written(line, "p.jsonl"))
    chain = [{"role": "user", "message": "a"}, {"role": "ai", "message": "b"}]
    every = {"system_message": "s", "message_chain": chain, "max_output_tokens": 900, "temperature": 0.7}
    place = {"web_search_city": "Oslo", "web_search_country_iso_code": "NO"}
    assert sent(row) == {
        GPT: every | {"web_search": True} | place,
        CLAUDE: every | {"web_search": True, "use_reasoning": False} | place,
        GEMINI: every | {"web_search": True, "use_reasoning": False},
        PERPLEXITY: every | {"web_search_country_iso_code": "NO"},
    }
    assert (row.row.user_tag, row.row.variables) == ("t", {"price": "3"})


def test_what_a_platform_does_not_know_is_noted_once_with_a_count(spec: Spec, written: Written) -> None:
    path = written("prompt,force_web_search,web_search\n" + "a,true,true\n" * 2 + "b,,\n", "p.csv")
    found = WantedRows(spec(platforms=(GPT, PERPLEXITY)), path)
    assert len(list(found)) == 3
    assert found.notes() == (
        "perplexity does not know force_web_search: not sent for 2 rows.",
        "perplexity does not know web_search: not sent for 2 rows.",
    )


def test_an_empty_cell_leaves_the_campaigns_parameter_as_it_is(spec: Spec, written: Written) -> None:
    wanted = spec(platforms=(GEMINI,), parameters={"temperature": 1, "system_message": "s"}, tag="mine")
    found = list(rows(wanted, written("prompt,temperature,tag\na, ,\nb,0.5,t\n", "p.csv")))
    assert [sent(row)[GEMINI]["temperature"] for row in found if isinstance(row, WantedRow)] == [1, 0.5]
    assert [row.row.user_tag for row in found if isinstance(row, WantedRow)] == ["mine", "t"]


def test_platforms_own_parameters_go_before_the_shared_and_the_rows_before_both(
    spec: Spec, written: Written
) -> None:
    wanted = spec(
        platforms=(GPT, GEMINI),
        parameters={"temperature": 0.1},
        platform_parameters={GEMINI: {"temperature": 0.2}},
    )
    assert [t.parameters["temperature"] for t in wanted.targets()] == [0.1, 0.2]
    row = only(wanted, written("prompt,temperature\na,0.3\n", "p.csv"))
    assert [t.parameters["temperature"] for t in row.targets] == [0.3, 0.3]


@pytest.mark.parametrize(
    ("cell", "models"),
    [
        ("gemini=g", [(GPT, "m"), (GEMINI, "g")]),
        ("gemini=g, chat_gpt=x,chat_gpt=y", [(GPT, "x"), (GPT, "y"), (GEMINI, "g")]),
        ("", [(GPT, "m"), (GEMINI, "m")]),
    ],
)
def test_a_row_may_choose_the_models_of_platforms(
    spec: Spec, written: Written, cell: str, models: list[tuple[Platform, str]]
) -> None:
    row = only(spec(platforms=(GPT, GEMINI)), written(f'prompt,model\na,"{cell}"\n', "p.csv"))
    assert [(t.platform, t.model) for t in row.targets] == models


def test_a_bare_model_is_that_of_the_only_platform(spec: Spec, written: Written) -> None:
    path = written("prompt,model\na,gpt-5\n", "p.csv")
    assert [t.model for t in only(spec(platforms=(GPT,)), path).targets] == ["gpt-5"]
    assert "line 2: model names no platform, and there are 2" in reason(spec(platforms=(GPT, GEMINI)), path)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("temperature", "warm", "temperature has to be a number"),
        ("temperature", "0,5", "temperature has to be a number, with a point"),
        ("temperature", "2.5", "chat_gpt: temperature is 2.5, but chat_gpt takes 0 to 2"),
        ("temperature", "1.5", "claude: temperature is 1.5, but claude takes 0 to 1"),
        ("temperature", "nan", "temperature has to be a number"),
        ("top_p", "1.1", "top_p is 1.1"),
        ("max_output_tokens", "many", "max_output_tokens has to be a whole number"),
        ("max_output_tokens", "9000", "max_output_tokens is 9000"),
        ("max_output_tokens", "5.5", "max_output_tokens has to be a whole number"),
        ("web_search", "yes", "web_search has to be true or false"),
        ("use_reasoning", "1", "use_reasoning has to be true or false"),
        ("system_message", "x" * 501, "system_message has 501 characters"),
        ("message_chain", "hi", "message_chain has to be a list of"),
        ("message_chain", '[{""role"": ""user""}]', "message_chain message 1 has to be"),
        (
            "message_chain",
            '[{""role"": ""bot"", ""message"": ""x""}]',
            "message 1: the role has to be user or ai",
        ),
        (
            "message_chain",
            '[{""role"": ""ai"", ""message"": ""x""}]',
            "perplexity wants user and ai by turns",
        ),
        ("message_chain", "[" * 5_000, "message_chain has to be a list of"),
        ("model", "a b", "model names no model: a b is no model name"),
        ("model", "gpt=x", "model names no model: There is no platform called gpt"),
        ("MODEL", "iPhone 12", "or --plain-columns, if that column is no request field"),
        ("web_search_country_iso_code", "Norway", "web_search_country_iso_code"),
    ],
)
def test_a_value_that_cannot_be_sent_refuses_the_row_with_its_line(
    spec: Spec, written: Written, column: str, cell: str, said: str
) -> None:
    assert said in reason(spec(), written(f'prompt,{column}\na,"{cell}"\n', "p.csv"))


def test_eleven_messages_and_a_long_one_are_refused(spec: Spec, written: Written) -> None:
    many = ",".join(['{"role": "user", "message": "x"}'] * 11)
    long = '{"role": "user", "message": "' + "x" * 501 + '"}'
    for chain, said in ((many, "11 messages"), (long, "message 1 has 501 characters")):
        path = written(f'{{"prompt": "a", "message_chain": [{chain}]}}', "p.jsonl")
        assert said in reason(spec(platforms=(GPT,)), path)


def test_a_platform_that_is_not_asked_has_no_model_in_a_row(spec: Spec, written: Written) -> None:
    path = written("prompt,model\na,claude=x\n", "p.csv")
    assert "add --platform claude" in reason(spec(platforms=(GPT,)), path)


def test_an_empty_list_takes_away_what_the_campaign_gives(spec: Spec, written: Written) -> None:
    wanted = spec(platforms=(GPT,), parameters={"message_chain": [{"role": "user", "message": "a"}]})
    assert sent(only(wanted, written('{"prompt": "a", "message_chain": []}', "p.jsonl"))) == {GPT: {}}


def test_prompts_and_parameters_are_made_from_the_rows_columns(spec: Spec, written: Written) -> None:
    wanted = spec(
        platforms=(GPT, GEMINI),
        template="{{ product }} in {{ city }}?",
        parameters={
            "system_message": "You sell {{ product|upper }}",
            "message_chain": [{"role": "user", "message": "I live in {{ city }}"}],
            "web_search_city": "{{ city }}",
            "web_search": True,
            "web_search_country_iso_code": "IT",
        },
    )
    row = only(wanted, written("product,city\nmugs,Rome\n", "p.csv"))
    assert (row.row.prompt, row.row.variables) == ("mugs in Rome?", {"product": "mugs", "city": "Rome"})
    shared = {
        "system_message": "You sell MUGS",
        "message_chain": [{"role": "user", "message": "I live in Rome"}],
        "web_search": True,
    }
    place = {"web_search_city": "Rome", "web_search_country_iso_code": "IT"}
    assert sent(row) == {GPT: shared | place, GEMINI: shared}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (
            {"template": "{{ cty }}"},
            r"the template wants column cty, which this row does not have (did you mean city?)",
        ),
        ({"template": "{{ city }}" * 200}, "the prompt has 800 characters, 300 more than the 500 allowed"),
        ({"template": "{{ city|default('') if 0 }}"}, "the prompt is empty"),
        ({"parameters": {"system_message": "{{ cty }}"}}, "system_message: the template wants column cty"),
        ({"parameters": {"system_message": "{{ city }}" * 200}}, "system_message has 800 characters"),
        ({"parameters": {"web_search_country_iso_code": "{{ city }}", "web_search": True}}, "iso_code"),
    ],
)
def test_what_a_template_makes_is_checked_row_by_row(
    spec: Spec, written: Written, changes: dict[str, Any], said: str
) -> None:
    found = reason(spec(platforms=(GPT,), **changes), written("prompt,city\na,Rome\n", "p.csv"))
    assert said in found
    assert found.startswith("line 2: ")


def test_a_rows_own_field_is_never_a_template(spec: Spec, written: Written) -> None:
    row = only(spec(platforms=(GPT,)), written("prompt,system_message\n{{ x }},{{ y }}\n", "p.csv"))
    assert (row.row.prompt, sent(row)[GPT]) == ("{{ x }}", {"system_message": "{{ y }}"})
