"""CSV with a header row, whatever its delimiter."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from itertools import chain, zip_longest
from pathlib import Path

from producers.prompts.csv_header import LOOKED_AT, column_names, find_header, prompt_column
from producers.prompts.errors import PromptFileBadQuotes, PromptFileEmpty, PromptFileHeaderOnly
from producers.prompts.lines import physical_lines
from producers.prompts.row_shape import RowShape
from producers.prompts.rows import PromptRow, RefusedRow, Seen

_MAX_CELL_CHARS = 16_777_216
_MAX_START_CHARS = 4_194_304
# The standard library stops at 131,072. A limit stays: a quote left open makes one cell of all the rest.
csv.field_size_limit(_MAX_CELL_CHARS)


def csv_rows(path: Path, seen: Seen, shape: RowShape) -> Iterator[PromptRow | RefusedRow]:
    """A row for each record below the header. Raises PromptFileError, also when there is none."""
    records = _records(path, seen, shape)
    _, header = next(records, (0, []))
    if not header:
        raise PromptFileEmpty(path=path)
    names = column_names(path, header)
    prompt = prompt_column(path, names, shape)
    seen.columns, seen.prompt_column = names, prompt
    row_no = 0
    for row_no, (line_no, cells) in enumerate(records, 1):
        if any(cell.strip() for cell in cells[len(names) :]):
            yield _too_wide(line_no, len(cells), len(names))
            continue
        # Spreadsheets leave out empty cells at a row's end, or add some.
        if len(cells) < len(names):
            seen.short_rows.append(line_no)
        yield shape.row(row_no, line_no, dict(zip_longest(names, cells[: len(names)], fillvalue="")), prompt)
    if row_no == 0:
        raise PromptFileHeaderOnly(path=path)


def _too_wide(line_no: int, found: int, expected: int) -> RefusedRow:
    what = f"the row has {found} cells where the header has {expected}"
    return RefusedRow(line_no, f"{what}: quote cells that hold the delimiter")


def _records(path: Path, seen: Seen, shape: RowShape) -> Iterator[tuple[int, list[str]]]:
    """Each record that is not blank, the header first, with the physical line on which it starts."""
    lines = physical_lines(path)
    start = _start(lines)
    header = find_header(path, start, shape)
    seen.blank_lines += header.blank
    seen.titles, seen.header_line = header.titles, header.at + 1
    # strict, because an open quote at the end would otherwise pass as a prompt.
    reader = csv.reader(chain(start[header.at :], lines), delimiter=header.delimiter, strict=True)
    line_no = header.at + 1
    try:
        for cells in reader:
            if _is_blank(cells):
                seen.blank_lines += 1
            else:
                yield line_no, cells
            line_no = header.at + reader.line_num + 1
    except csv.Error as error:
        raise PromptFileBadQuotes(path=path, line_no=line_no, what=_what(error)) from None


def _start(lines: Iterator[str]) -> list[str]:
    """As many lines as are looked at for the header, or fewer long ones."""
    start: list[str] = []
    chars = 0
    for line in lines:
        start.append(line)
        chars += len(line)
        if len(start) == LOOKED_AT or chars > _MAX_START_CHARS:
            break
    return start


def _is_blank(cells: list[str]) -> bool:
    """Whether it is an empty line, or a row of nothing but delimiters."""
    return not cells or (len(cells) > 1 and not any(cell.strip() for cell in cells))


def _what(error: csv.Error) -> str:
    """The standard library's words, as a person would say them."""
    message = str(error)
    if "end of data" in message:
        return "a quote opened in this row is never closed"
    if "field limit" in message:
        return f"a cell is longer than {_MAX_CELL_CHARS} characters, so a quote is left open"
    return "text follows a closing quote"
