from __future__ import annotations

import csv
import io
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from producers.prompts.reading import PromptRow, RefusedRow, read_prompts
from tests.unit.producers.prompts.conftest import PromptFile

# What a CSV file in UTF-8 can carry: all but NUL and halves of surrogate pairs.
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=60)
PROMPTS = CELLS.filter(lambda text: any(char.isalnum() for char in text))


def prompts(path: Path, prompt_column: str | None = None) -> list[str]:
    return [
        row.prompt for row in read_prompts(path, prompt_column=prompt_column) if isinstance(row, PromptRow)
    ]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_recognised(prompt_file: PromptFile, delimiter: str) -> None:
    path = prompt_file(f"topic{delimiter}prompt{delimiter}tag\ntea{delimiter}Which tea?{delimiter}a1\n")
    assert list(read_prompts(path)) == [PromptRow("1", 2, "Which tea?", "a1", {"topic": "tea"})]


def test_a_delimiter_inside_a_quoted_header_cell_does_not_count(prompt_file: PromptFile) -> None:
    assert prompts(prompt_file('"a;b;c;d",prompt\n1,Which tea?\n')) == ["Which tea?"]


def test_a_tsv_file_is_split_at_tabs_though_its_names_hold_more_commas(prompt_file: PromptFile) -> None:
    assert prompts(prompt_file("prompt\ta, b, c, d\nWhich tea, sir?\tx\n", "p.tsv")) == ["Which tea, sir?"]


def test_a_byte_order_mark_is_not_part_of_the_first_name(prompt_file: PromptFile) -> None:
    assert prompts(prompt_file(b"\xef\xbb\xbfprompt,x\nWhich tea?,1\n")) == ["Which tea?"]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-32"])
def test_wider_encodings_are_decoded_by_their_mark(prompt_file: PromptFile, encoding: str) -> None:
    assert prompts(prompt_file("prompt,x\nWelcher Tee für 茶?,1\n".encode(encoding))) == [
        "Welcher Tee für 茶?"
    ]


def test_a_row_starts_on_its_first_physical_line(prompt_file: PromptFile) -> None:
    path = prompt_file('prompt,x\n"one\ntwo\r\nthree",1\n\nfour,2\n')
    rows = [row for row in read_prompts(path) if isinstance(row, PromptRow)]
    assert [(row.row_id, row.line_no, row.prompt) for row in rows] == [
        ("1", 2, "one\ntwo\r\nthree"),
        ("2", 6, "four"),
    ]


def test_a_header_may_go_over_several_lines(prompt_file: PromptFile) -> None:
    path = prompt_file('"the\nnotes;all";prompt\nx;Which tea?\n')
    assert list(read_prompts(path)) == [PromptRow("1", 3, "Which tea?", None, {"the\nnotes;all": "x"})]


def test_blank_lines_are_skipped_and_counted(prompt_file: PromptFile) -> None:
    rows = read_prompts(prompt_file(" \n\nprompt,x\n\na,1\n\n\nb,2\n\n"))
    assert [(row.line_no, getattr(row, "row_id", None)) for row in rows] == [(5, "1"), (8, "2")]
    assert rows.seen.blank_lines == 6


def test_cells_beyond_the_standard_librarys_limit_are_read_and_judged(prompt_file: PromptFile) -> None:
    path = prompt_file("prompt,notes\nfine," + "n" * 200_000 + "\n" + "p" * 200_000 + ",x\n")
    good, refused = read_prompts(path)
    assert isinstance(good, PromptRow)
    assert len(good.variables["notes"]) == 200_000
    assert isinstance(refused, RefusedRow)
    assert refused.line_no == 3
    assert "200000 characters" in refused.reason


def test_a_row_that_is_too_wide_is_refused_with_its_line(prompt_file: PromptFile) -> None:
    _, refused = read_prompts(prompt_file("prompt,x\nok,1\na,b,c\n"))
    assert isinstance(refused, RefusedRow)
    assert refused.line_no == 3
    assert "3 cells" in refused.reason
    assert "header has 2" in refused.reason


def test_refused_rows_keep_their_number_so_that_row_ids_do_not_move(prompt_file: PromptFile) -> None:
    rows = list(read_prompts(prompt_file("prompt,x\n,1\nok,2\n")))
    assert rows == [RefusedRow(2, "the prompt is empty"), PromptRow("2", 3, "ok", None, {"x": "2"})]


@pytest.mark.parametrize("name", ["prompt", "user_prompt", "question", "query", "text", "PROMPT", " Prompt "])
def test_the_prompts_column_is_found_by_its_name(prompt_file: PromptFile, name: str) -> None:
    assert prompts(prompt_file(f"id,{name}\n7,Which tea?\n")) == ["Which tea?"]


def test_the_first_name_in_the_published_order_wins(prompt_file: PromptFile) -> None:
    assert prompts(prompt_file("text,query,question\na,b,c\n")) == ["c"]


def test_the_column_that_is_asked_for_wins_over_all_names(prompt_file: PromptFile) -> None:
    assert prompts(prompt_file("prompt,Ask\na,b\n"), "ask") == ["b"]


def test_the_only_column_is_the_prompts_whatever_its_name(prompt_file: PromptFile) -> None:
    assert prompts(prompt_file("Frage\nWelcher Tee?\n")) == ["Welcher Tee?"]


def test_an_empty_tag_is_no_tag(prompt_file: PromptFile) -> None:
    (row,) = read_prompts(prompt_file("prompt,Tag\nWhich tea?,\n"))
    assert isinstance(row, PromptRow)
    assert row.user_tag is None
    assert row.variables == {}


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    rows=st.lists(st.tuples(PROMPTS, CELLS, CELLS), min_size=1, max_size=8),
    delimiter=st.sampled_from(",;\t|"),
)
def test_whatever_a_csv_writer_writes_comes_back(
    tmp_path: Path, rows: list[tuple[str, str, str]], delimiter: str
) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter).writerows([("prompt", "tag", "note"), *rows])
    path = tmp_path / "arbitrary.csv"
    path.write_text(written.getvalue(), encoding="utf-8", newline="")
    read = list(read_prompts(path))
    assert [
        (row.prompt, row.user_tag or "", row.variables["note"]) for row in read if isinstance(row, PromptRow)
    ] == rows
    assert len(read) == len(rows)


def test_a_large_file_is_read_in_constant_memory(prompt_file: PromptFile) -> None:
    path = prompt_file("prompt,x\n" + "Which tea goes with rain and which with wind?,1\n" * 100_000)
    tracemalloc.start()
    count = sum(1 for _ in read_prompts(path))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert count == 100_000
    assert peak < 1_000_000
    assert path.stat().st_size > 4_000_000
