"""A text from outside never runs in the spreadsheet of whoever opens the file."""

from __future__ import annotations

import csv
import io

import pytest

from promptrelay.results.encode import as_csv
from promptrelay.results.lines import ResultLine
from promptrelay.results.spreadsheet import safe_cell


@pytest.mark.parametrize(
    "text",
    [
        "=1+1",
        "+1+1",
        "-1+cmd|' /C calc'!A0",
        "@SUM(A1)",
        " =1+1",
        "\u00a0=1+1",
        "\ufeff=1+1",
        "\u200b=1+1",
        "\x00=1+1",
        "\u3000\uff1d1+1",
        "\uff1d1+1",
        "\uff0b1+1",
        "\uff0d1+1",
        "\uff20SUM(A1)",
        "\ttext",
        "\rtext",
        "\ntext",
        "- a list item",
    ],
)
def test_what_may_run_starts_with_an_apostrophe(text: str) -> None:
    assert safe_cell(text) == f"'{text}"


@pytest.mark.parametrize(
    "text", ["", "-5", "+49301234", "-0.25", "0.0002", "text = text", "'=1", "a-b", '{"a":1}', "🥨 =1", "'"]
)
def test_numbers_and_plain_text_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("a;=1+1", "a;'=1+1"),
        ("a; @SUM(1)", "a; '@SUM(1)"),
        ("a\t+1+cmd|x", "a\t'+1+cmd|x"),
        ("a;-2+3", "a;'-2+3"),
        ('a;"=1', "a;\"'=1"),
        ("a;\u200b\uff1d1", "a;\u200b'\uff1d1"),
        ("line\n=1+1", "line\n'=1+1"),
        ("line\r\n- cmd|' /C calc'!A0", "line\r\n'- cmd|' /C calc'!A0"),
        ("a;=1;=2", "a;'=1;'=2"),
        ("\n=1+1", "'\n'=1+1"),
        ("\r\n\t =1+1", "'\r\n\t '=1+1"),
    ],
)
def test_nothing_runs_where_another_country_divides_cells(text: str, safe: str) -> None:
    """There `;` does, and a line end too: quotes within a cell count for nothing."""
    assert safe_cell(text) == safe


@pytest.mark.parametrize(
    "text",
    ["Buy:\n- bread\n- salt; - water", "above\n---\nbelow", "low;-5", "a;+3.5;b", "x\n+ y", "a = b"],
)
def test_lists_and_numbers_in_an_answer_stay_as_they_are(text: str) -> None:
    assert safe_cell(text) == text


@pytest.mark.parametrize(("raw_cells", "start"), [(False, "'"), (True, "")])
def test_every_cell_of_a_line_is_safe_whoever_wrote_it(raw_cells: bool, start: str) -> None:
    evil = "=HYPERLINK(1)"
    encoding = as_csv(raw_cells=raw_cells)
    names = encoding.header.decode().strip().split(",")
    body = encoding.encode(ResultLine(dict.fromkeys(names, evil)))
    (cells,) = csv.reader(io.StringIO(body.decode(), newline=""))
    assert cells == [start + evil] * len(names)
