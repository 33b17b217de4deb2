"""CSV with a header row, whatever its delimiter."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain
from pathlib import Path

from producers.prompts.csv_header import column_names, delimiter_of, prompt_column
from producers.prompts.errors import PromptFileBadQuotes, PromptFileEmpty, PromptFileHeaderOnly
from producers.prompts.lines import physical_lines
from producers.prompts.row_shape import RowShape
from producers.prompts.rows import BlankLines, PromptRow, RefusedRow

_MAX_HEADER_LINES = 1_000
_MAX_CELL_CHARS = 16_777_216
# The standard library stops at 131,072. A limit stays: a quote left open makes one cell of all the rest.
csv.field_size_limit(_MAX_CELL_CHARS)


def csv_rows(path: Path, blank: BlankLines, shape: RowShape) -> Iterator[PromptRow | RefusedRow]:
    """A row for each record below the header. Raises PromptFileError, also when there is none."""
    records = _records(path, blank)
    _, header = next(records, (0, []))
    if not header:
        raise PromptFileEmpty(path=path)
    names = column_names(path, header)
    prompt = prompt_column(path, names, shape)
    row_no = 0
    for row_no, (line_no, cells) in enumerate(records, 1):
        if len(cells) == len(names):
            yield shape.row(row_no, line_no, dict(zip(names, cells, strict=True)), prompt)
        else:
            yield _other_width(line_no, len(cells), len(names))
    if row_no == 0:
        raise PromptFileHeaderOnly(path=path)


def _other_width(line_no: int, found: int, expected: int) -> RefusedRow:
    hint = ": quote cells that hold the delimiter" if found > expected else ""
    return RefusedRow(line_no, f"the row has {found} cells where the header has {expected}{hint}")


def _records(path: Path, blank: BlankLines) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not a blank line, with the physical line on which it starts."""
    lines = physical_lines(path)
    header = _header_lines(lines, blank)
    above = blank.count
    delimiter = delimiter_of("".join(header), tab_first=path.suffix.lower() == ".tsv")
    # strict, because an open quote at the end would otherwise pass as a prompt.
    reader = csv.reader(chain(header, lines), delimiter=delimiter, strict=True)
    line_no = above + 1
    try:
        for cells in reader:
            if cells:
                yield line_no, cells
            else:
                blank.count += 1
            line_no = above + reader.line_num + 1
    except csv.Error as error:
        raise PromptFileBadQuotes(path=path, line_no=line_no, what=_what(error)) from None


def _header_lines(lines: Iterator[str], blank: BlankLines) -> list[str]:
    """The physical lines of the first record; blank lines above it are skipped and counted."""
    header: list[str] = []
    quotes = 0
    for line in lines:
        if not header and not line.strip():
            blank.count += 1
            continue
        header.append(line)
        quotes += line.count('"')
        # A header cell may go over several lines, but not without end.
        if quotes % 2 == 0 or len(header) == _MAX_HEADER_LINES:
            break
    return header


def _what(error: csv.Error) -> str:
    """The standard library's words, as a person would say them."""
    message = str(error)
    if "end of data" in message:
        return "a quote opened in this row is never closed"
    if "field limit" in message:
        return f"a cell is longer than {_MAX_CELL_CHARS} characters, so a quote is left open"
    return "text follows a closing quote"
