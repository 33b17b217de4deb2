"""A campaign file says what it says, or which of its keys is wrong and what to write instead."""

from __future__ import annotations

import pytest

from producers.campaign.reading import read_campaign
from producers.campaign.yaml_values import read_yaml
from producers.errors import ProducerError
from producers.prompts.listed_prompts import ListedPrompts
from tests.unit.producers.conftest import Written

P = "prompts: {file: p.csv}\n"

WRONG = [
    ("", "has to be a mapping with at least the key prompts"),
    ("- a\n", "has to be a mapping"),
    ("platforms: [claude]\n", "prompts: is missing"),
    ("prompts: [a\n", "line 2, column 1: not the YAML .*: expected ',' or ']'"),
    ("prompts: [a]\nprompts: [b]\n", "line 2, column 1: .*the key prompts stands twice"),
    (P + "parameters:\n  top_p: 1\n  top_p: 1\n", "line 4, column 3: .*the key top_p"),
    (P + "---\na: b\n", "line 2, column 1: .*another document"),
    ("prompts:\n\t- a\n", "line 2, column 1: .*tab"),
    ("prompts: &a [*a]\n", r"line 1, column 14: .*aliases \(\*name\)"),
    ("prompts: !!python/object:os.system {}\n", "line 1, column 10: .*the tag !!python/object:os.system"),
    ("prompts: ['a\x07b']\n", "line 1: .*control character"),
    (P + 'tag: "a\\0b"\n', "line 2, column 6: .*this text has a NUL character at position 2"),
    (P + 'name: "\\ud83d"\n', "line 2, column 7: .*half a surrogate pair at position 1"),
    (P + '"a\\0": x\n', "line 2, column 1: .*NUL character"),
    (b"prompts: [a]\nname: \xff\n", "line 2, byte 20: not UTF-8"),
    (P + "repeats: !!int many\n", "line 2, column 10: .*this is no !!int"),
    (P + "? 'two\n\n  lines'\n: a\n", "two lines: unknown key"),
    ("1: a\n", "line 1, column 1: .*a key has to be text"),
    ("? [a]\n: b\n", "line 1, column 3: .*a key has to be text"),
    ("[" * 3_000, "nested too deeply"),
    ("prompts:\n" + "- a\n" * 250_000, "longer than 1000000 characters; put the prompts into a file"),
    (P + "platforms:\n  chat_gpt:\n    paramters: {}\n",
     r"platforms.chat_gpt.paramters: unknown key; did you mean parameters\?"),
    (P + "xyz: 1\n", "xyz: unknown key; there are name, prompts, template"),
    (P + "temperature: 1\n", r"temperature: unknown key; did you mean parameters.temperature\?"),
    (P + "tags: [a]\n", r"tags: unknown key; did you mean tag\?"),
    (P + "caps: {max_cots: 5}\n", r"caps.max_cots: unknown key; did you mean max_cost\?"),
    ("prompts: {file: p.csv, colum: a}\n", r"prompts.colum: unknown key; did you mean column\?"),
    (P + "parameters: {web_serach: true}\n",
     r"parameters.web_serach: unknown key; did you mean web_search\?"),
    (P + "brands: [x]\n", "brands: not known yet; leave it out"),
    (P + "brand_entities: [x]\n", "brand_entities: not known yet"),
    (P + "schedule: daily\n", "schedule: has to be a mapping"),
    (P + "schedule: {zone: Europe/Berln}\n", "did you mean Europe/Berlin"),
    (P + "schedule: {every: often}\n", "schedule.every: has to be a number and s, m, h, d or w"),
    (P + "schedule: {misfire: onec}\n", "schedule.misfire: has to be skip, once or all; did you mean once?"),
    (P + "platforms: [gemni]\n", r"platforms: there is no platform called gemni \(did you mean gemini\?\)"),
    (P + "platforms: 5\n", "platforms: has to be a list of platforms, or a mapping by platform"),
    (P + "platforms: [chat_gpt, ChatGPT]\n", "platforms: names chat_gpt twice"),
    (P + "platforms: {gemini: {models: 5}}\n", "platforms.gemini.models: has to be a list"),
    (P + "platforms: {gemini: {models: [a, 5]}}\n",
     r"platforms.gemini.models\[2\]: has to be text; put it in quotes"),
    (P + "method: standart\n", r"method: has to be standard, live or auto; did you mean standard\?"),
    (P + "repeats: two\n", "repeats: has to be a whole number"),
    (P + "repeats: 0\n", "repeats: has to be at least 1"),
    (P + "repeats: 1001\n", "repeats: has to be at most 1000"),
    (P + "keep_duplicates: yes\n", "keep_duplicates: has to be true or false"),
    (P + "name: 2025\n", "name: has to be text; put it in quotes"),
    (P + f"name: {'n' * 129}\n", "name: is longer than 128 characters"),
    (P + "name: ''\n", "name: is empty; write it or leave it out"),
    (P + "caps: 5\n", "caps: has to be a mapping"),
    (P + "caps: {max_cost: lots}\n", "caps.max_cost: has to be an amount in USD, such as 12.50"),
    (P + "caps: {max_cost: true}\n", "caps.max_cost: has to be an amount in USD"),
    (P + "parameters: {temperature: hot}\n", "parameters.temperature: has to be a number"),
    (P + "parameters: {temperature: '{{ city }}'}\n", "parameters.temperature: has to be a number"),
    (P + "parameters: {temperature: 1e999}\n", "parameters.temperature: has to be a number"),
    (P + "parameters: {system_message: 5}\n", "parameters.system_message: has to be text"),
    (P + "parameters: {web_search: yes}\n", "parameters.web_search: has to be true or false"),
    (P + "parameters: {message_chain: hi}\n", "parameters.message_chain: has to be a list of"),
    (P + "parameters: {message_chain: [{role: user}]}\n", "parameters.message_chain: message 1 has to be"),
    (P + "on_lost_live: maybe\n", "on_lost_live: has to be fail or retry"),
    (P + "priority: high\nweight: 0\n", r"priority: has to be a whole number \(1 more\)"),
    ("prompts: {}\n", "prompts: has to have either file or list"),
    ("prompts: {file: p.csv, list: [a]}\n", "prompts: has to have either file or list"),
    ("prompts: []\n", "prompts.list: is empty; list at least one"),
    ("prompts: [5]\n", "prompts.list: each entry has to be text, or a mapping with a prompt"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_wrong_is_one_line_with_its_place(written: Written, text: str | bytes, said: str) -> None:
    path = written(text)
    with pytest.raises(ProducerError, match=said) as refused:
        read_campaign(path)
    assert str(refused.value).startswith(str(path))
    assert "\n" not in str(refused.value)


def test_a_missing_file_and_a_directory_are_told_apart(written: Written) -> None:
    path = written("")
    with pytest.raises(ProducerError, match="no such file"):
        read_campaign(path.with_name("none.yaml"))
    with pytest.raises(ProducerError, match="is a directory"):
        read_campaign(path.parent)


def test_prompts_may_be_listed_with_their_own_columns_and_keep_their_lines(written: Written) -> None:
    for start in ("prompts:\n", "prompts:\n  list:\n"):
        path = written(start + "    - What is a shoe?\n\n    - prompt: Which?\n      price: 1.50\n")
        _, prompts = read_campaign(path)
        assert isinstance(prompts, ListedPrompts)
        first = start.count("\n") + 1
        assert [line for line, _ in prompts.entries] == [first, first + 2]
        assert str(prompts.entries[1][1]["price"]) == "1.50"


def test_the_prompt_file_is_sought_beside_the_campaign(written: Written) -> None:
    _, prompts = read_campaign(written("prompts: {file: sub/p.csv}\n"))
    assert prompts == written("").parent / "sub" / "p.csv"


def test_nothing_is_guessed_from_the_look_of_a_value(written: Written) -> None:
    text = "country: NO\nanswer: yes\nday: 2025-01-02\ntime: 12:30\nid: 007\nlong: 1234567890123456789012\n"
    values = read_yaml(written(text)).value
    assert values == {
        "country": "NO", "answer": "yes", "day": "2025-01-02", "time": "12:30", "id": "007",
        "long": "1234567890123456789012",
    }  # fmt: skip
    values = read_yaml(written("[true, FALSE, ~, null, , 12, -3, 1.50, 1e3, .5]".replace(" ,", ""))).value
    assert [str(value) for value in values] == [
        "True", "False", "None", "None", "12", "-3", "1.50", "1E+3", "0.5",
    ]  # fmt: skip
