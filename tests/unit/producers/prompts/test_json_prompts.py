from __future__ import annotations

import tracemalloc

import pytest

from producers.prompts import errors
from producers.prompts.reading import PromptRow, RefusedRow, RowShape, read_prompts
from tests.unit.producers.prompts.conftest import PromptFile


def test_an_object_a_line_names_its_columns_and_a_text_is_a_prompt(prompt_file: PromptFile) -> None:
    path = prompt_file('{"id": 7, "Prompt": "a", "tag": "t"}\n\n"b"\n', "p.jsonl")
    rows = read_prompts(path)
    assert list(rows) == [PromptRow("1", 1, "a", "t", {"id": "7"}), PromptRow("2", 3, "b")]
    assert rows.seen.blank_lines == 1


def test_values_become_the_text_of_a_cell_with_the_digits_that_were_written(prompt_file: PromptFile) -> None:
    line = '{"prompt": "a", "n": 1.50, "whole": 7, "yes": true, "none": null, "deep": {"ä": [1, "x"]}}'
    (row,) = read_prompts(prompt_file(line, "p.ndjson"))
    assert isinstance(row, PromptRow)
    assert row.variables == {"n": "1.50", "whole": "7", "yes": "true", "none": "", "deep": '{"ä": [1, "x"]}'}


def test_the_key_that_is_asked_for_wins(prompt_file: PromptFile) -> None:
    path = prompt_file('{"prompt": "a", "Ask": "b"}', "p.jsonl")
    (row,) = read_prompts(path, prompt_column="ask")
    assert isinstance(row, PromptRow)
    assert (row.prompt, row.variables) == ("b", {"prompt": "a"})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("not json", "not JSON: Expecting value at character 1"),
        ('{"prompt": "secret"', "not JSON"),
        ("[1]", "object or a text"),
        ("7", "object or a text"),
        ('{"prompt": "secret", "prompt": "b"}', "the key prompt stands twice"),
        ('{"prompt": "secret", "x": {"y": 1, "y": 2}}', "the key y stands twice"),
        ('{"prompt": 5}', "prompt has to be text"),
        ('{"prompt": null}', "prompt has to be text"),
        ('{"prompt": "secret", "x": NaN}', "NaN is not JSON"),
        ('{"prompt": "secret", "x": [1e999]}', "too large"),
        ('{"prompt": "secret", "x": ' + "9" * 5_000 + "}", "too long"),
        ("[" * 100_000, "nested too deeply"),
        ('{"prompt": "secret", "x": "\\ud83d"}', "x has half a surrogate pair"),
        ('{"prompt": "secret", "x": "\\u0000"}', "x has a NUL"),
        ('{"id": "1", "other": "secret"}', "there is no key prompt or user_prompt"),
        ('""', "the prompt is empty"),
    ],
)
def test_a_line_that_cannot_be_sent_is_refused_with_its_number_and_quotes_nothing(
    prompt_file: PromptFile, line: str, said: str
) -> None:
    good, refused = read_prompts(prompt_file('{"prompt": "a"}\n' + line + "\n", "p.jsonl"))
    assert isinstance(good, PromptRow)
    assert isinstance(refused, RefusedRow)
    assert refused.line_no == 2
    assert said in refused.reason
    assert "secret" not in refused.reason
    assert "\n" not in refused.reason


def test_a_file_that_calls_its_prompts_otherwise_is_named_once_with_its_keys(prompt_file: PromptFile) -> None:
    path = prompt_file('\n{"id": "1", "instruction": "x"}\n', "p.jsonl")
    with pytest.raises(errors.PromptKeyUnclear, match=r"line 2: .* keys there are: id, instruction"):
        list(read_prompts(path))


def test_a_byte_order_mark_is_no_part_of_the_first_line(prompt_file: PromptFile) -> None:
    assert list(read_prompts(prompt_file(b'\xef\xbb\xbf"a"\n', "p.jsonl"))) == [PromptRow("1", 1, "a")]


def test_a_file_without_line_ends_does_not_fill_the_memory(
    prompt_file: PromptFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("producers.prompts.lines.MAX_LINE_CHARS", 100)
    path = prompt_file('"a"\n"' + "x" * 100 + '"\n', "p.jsonl")
    with pytest.raises(errors.PromptLineTooLong, match="line 2: the line is longer than 100"):
        list(read_prompts(path))


def test_columns_called_like_request_fields_are_plain_when_asked(prompt_file: PromptFile) -> None:
    path = prompt_file('{"prompt": "a", "temperature": "warm", "tag": "t"}', "p.jsonl")
    (row,) = read_prompts(path, shape=RowShape(plain_columns=True))
    assert row == PromptRow("1", 1, "a", None, {"temperature": "warm", "tag": "t"})


def test_a_large_file_is_read_in_constant_memory(prompt_file: PromptFile) -> None:
    path = prompt_file('{"prompt": "Which tea goes with rain?", "x": 1.5}\n' * 50_000, "p.jsonl")
    tracemalloc.start()
    count = sum(1 for _ in read_prompts(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 50_000
    assert peak < 1_000_000
