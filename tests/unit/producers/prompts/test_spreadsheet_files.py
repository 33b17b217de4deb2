"""Files as spreadsheets and reports write them: what is no row is not sent, and is named."""

from __future__ import annotations

import pytest

from producers.prompts.errors import ColumnNamedTwice, PromptHeaderUnclear
from producers.prompts.reading import PromptRow, PromptRows, RefusedRow, read_prompts
from tests.unit.producers.prompts.conftest import PromptFile

REPORT = 'Search terms\n"1 Oct 2026 - 31 Oct 2026"\n\n{header}\n{rows}'


def prompts(rows: PromptRows) -> list[tuple[int, str]]:
    return [(row.line_no, row.prompt) for row in rows if isinstance(row, PromptRow)]


@pytest.mark.parametrize("hint", ["sep=;", '"sep=;"', "SEP=;", "sep=;;", "\ufeffsep=;"])
def test_a_hint_on_the_delimiter_is_obeyed_and_is_no_row(prompt_file: PromptFile, hint: str) -> None:
    rows = read_prompts(prompt_file(f"{hint}\r\nprompt;brand\r\nwhich, and why;Tubo\r\n"))
    assert list(rows) == [PromptRow("1", 3, "which, and why", None, {"brand": "Tubo"})]
    assert (rows.seen.columns, rows.seen.blank_lines, rows.seen.titles) == (("prompt", "brand"), 0, 0)


@pytest.mark.parametrize(
    ("written", "sign"), [("sep=\\t", "\t"), ("sep=\t", "\t"), ("sep=|", "|"), ("sep=^", "^")]
)
def test_a_hint_may_name_any_delimiter(prompt_file: PromptFile, written: str, sign: str) -> None:
    rows = read_prompts(prompt_file(f"{written}\nbrand{sign}prompt\na{sign}which, and why; at all\n"))
    assert prompts(rows) == [(3, "which, and why; at all")]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_titles_above_the_header_are_no_rows(prompt_file: PromptFile, sign: str) -> None:
    header, row = sign.join(("Query", "Clicks", "Cost")), sign.join(("which hose", "7", "1.10"))
    rows = read_prompts(prompt_file(REPORT.format(header=header, rows=f"{row}\n")))
    assert prompts(rows) == [(5, "which hose")]
    seen = rows.seen
    assert (seen.titles, seen.blank_lines, seen.header_line, seen.prompt_column) == (2, 1, 4, "Query")


def test_a_named_column_finds_its_header_below_titles(prompt_file: PromptFile) -> None:
    path = prompt_file(REPORT.format(header="Keyword\tClicks", rows="which hose\t7\n").encode("utf-16"))
    assert prompts(read_prompts(path, prompt_column="keyword")) == [(5, "which hose")]


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_a_title_over_rows_of_several_columns_is_refused_with_both_lines(
    prompt_file: PromptFile, sign: str
) -> None:
    """Else the date range, the header and whole rows would be sent as prompts, and paid for."""
    header, row = sign.join(("Keyword", "Clicks")), sign.join(("which hose", "7"))
    with pytest.raises(PromptHeaderUnclear, match="line 1: one column, but the rows from line 4 on have 2"):
        list(read_prompts(prompt_file(REPORT.format(header=header, rows=f"{row}\n"))))


def test_prompts_with_commas_under_one_column_are_no_report(prompt_file: PromptFile) -> None:
    rows = list(read_prompts(prompt_file("frage\nwhich hose?\nwho, and why?\nwhat is best?\n")))
    assert [row.line_no for row in rows] == [2, 3, 4]
    assert isinstance(rows[1], RefusedRow)


def test_a_word_in_a_row_is_no_header(prompt_file: PromptFile) -> None:
    rows = read_prompts(prompt_file('frage\n"why, text"\nwhich hose?\n'))
    assert (prompts(rows), rows.seen.titles) == ([(2, "why, text"), (3, "which hose?")], 0)


def test_rows_of_nothing_but_delimiters_are_blank(prompt_file: PromptFile) -> None:
    rows = read_prompts(prompt_file("prompt,brand,\nwhich hose,Tubo,\n,,\n , ,\nwho,Roll,\n,,\n"))
    assert [(row.row_id, row.line_no) for row in rows if isinstance(row, PromptRow)] == [("1", 2), ("2", 5)]
    assert rows.seen.blank_lines == 3


def test_short_rows_are_filled_up_and_counted(prompt_file: PromptFile) -> None:
    rows = read_prompts(prompt_file("prompt,brand,note\na,b,c\nd\ne,f\n"))
    assert [row.variables for row in rows if isinstance(row, PromptRow)] == [
        {"brand": "b", "note": "c"},
        {"brand": "", "note": ""},
        {"brand": "f", "note": ""},
    ]
    assert (rows.seen.short_rows.count, rows.seen.short_rows.first) == (2, 3)


def test_empty_cells_beyond_the_header_are_dropped_and_full_ones_refused(prompt_file: PromptFile) -> None:
    good, refused = read_prompts(prompt_file("prompt,brand\na,b,, \nc,d,,e\n"))
    assert good == PromptRow("1", 2, "a", None, {"brand": "b"})
    assert isinstance(refused, RefusedRow)
    assert "4 cells where the header has 2" in refused.reason


def test_names_are_compared_as_they_look(prompt_file: PromptFile) -> None:
    """Composed and decomposed accents, marks of byte order and of direction."""
    path = prompt_file("\ufeffAnfrage fu\u0308r,\u200emarke\nwhich hose,Tubo\n")
    rows = read_prompts(path, prompt_column="anfrage f\u00fcr")
    assert list(rows) == [PromptRow("1", 2, "which hose", None, {"marke": "Tubo"})]


def test_two_names_that_look_the_same_are_one_too_many(prompt_file: PromptFile) -> None:
    with pytest.raises(ColumnNamedTwice):
        list(read_prompts(prompt_file("prompt,f\u00fcr,fu\u0308r\na,b,c\n")))


def test_what_nobody_sees_is_shown_escaped(prompt_file: PromptFile) -> None:
    with pytest.raises(ColumnNamedTwice, match=r"called a\\x1bb;"):
        list(read_prompts(prompt_file("a\x1bb,a\x1bb\nx,y\n")))


@pytest.mark.parametrize("marks", ["\ufeff", "\ufeff\ufeff"])
def test_a_second_mark_of_byte_order_is_no_part_of_the_file(prompt_file: PromptFile, marks: str) -> None:
    path = prompt_file(f'{marks}{{"prompt": "which hose"}}\n', name="p.jsonl")
    assert prompts(read_prompts(path)) == [(1, "which hose")]
