from __future__ import annotations

from producers.prompts.reading import PromptRow, RefusedRow, read_prompts
from tests.unit.producers.prompts.conftest import PromptFile


def test_each_line_is_a_prompt_and_blank_lines_are_counted(prompt_file: PromptFile) -> None:
    rows = read_prompts(prompt_file('one, with commas\r\n\r\n  \ntwo; "quoted"\n', "p.txt"))
    assert list(rows) == [PromptRow("1", 1, "one, with commas"), PromptRow("2", 4, 'two; "quoted"')]
    assert rows.seen.blank_lines == 2


def test_a_line_that_breaks_a_rule_is_refused_with_its_number(prompt_file: PromptFile) -> None:
    _, refused = read_prompts(prompt_file("ok\n" + "a" * 501, "p.txt"))
    assert isinstance(refused, RefusedRow)
    assert refused.line_no == 2
    assert "501 characters" in refused.reason


def test_a_byte_order_mark_is_not_part_of_the_first_prompt(prompt_file: PromptFile) -> None:
    assert list(read_prompts(prompt_file(b"\xef\xbb\xbfone", "p.txt"))) == [PromptRow("1", 1, "one")]


def test_only_line_ends_separate_prompts(prompt_file: PromptFile) -> None:
    assert [row.line_no for row in read_prompts(prompt_file("a\u2028b\x0cc\nd\n", "p.txt"))] == [1, 2]
