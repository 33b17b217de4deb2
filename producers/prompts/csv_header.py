"""The first row of a CSV file: on which line it stands, which delimiter, which column holds the prompt."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from producers.prompts.column_names import first_twice, plain_name, shown_name
from producers.prompts.errors import ColumnNamedTwice, PromptColumnUnclear, PromptHeaderUnclear
from producers.prompts.row_shape import PROMPT_NAMES, RowShape

LOOKED_AT = 50
"""How many lines of a file are looked at for its header."""

_DELIMITERS = (",", ";", "\t", "|")
# As spreadsheets write it for each other; saved again, the line has the other columns' delimiters behind it.
_HINT = re.compile(r'"?sep=(?P<sign>\\t|[^\r\n"])"?(?P=sign)*[\r\n]*', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Header:
    """Where the header begins and what divides its cells."""

    at: int
    """How many lines stand above it."""
    delimiter: str
    blank: int
    """How many of the lines above are blank."""
    titles: int
    """How many of them are titles of a report."""


@dataclass(frozen=True, slots=True)
class _Record:
    at: int
    cells: list[str]


def find_header(path: Path, lines: Sequence[str], shape: RowShape) -> Header:
    """The header among a file's first lines. Raises PromptHeaderUnclear.

    It is the first row that is not blank, unless a later one holds a name of the prompt's column and is wider
    than all above it: those are the titles of a report, and no rows.
    """
    first = next((at for at, line in enumerate(lines) if line.strip()), len(lines))
    hint = _HINT.fullmatch(lines[first]) if first < len(lines) else None
    if hint:
        sign = "\t" if hint["sign"] == "\\t" else hint["sign"]
        first = next((at for at in range(first + 1, len(lines)) if lines[at].strip()), len(lines))
        return _header(lines, first, sign, hints=1)
    own = _delimiter_of(_joined(lines, first), tab_first=path.suffix.lower() == ".tsv")
    names = _cells(_joined(lines, first), own)
    if shape.named_prompt(names) is not None:
        return _header(lines, first, own)
    for delimiter in _DELIMITERS:
        at = _below_titles(lines, first, delimiter, shape)
        if at is not None:
            return _header(lines, at, delimiter)
    if len(names) == 1 and shape.template is None:
        _refuse_a_title(path, lines, first)
    return _header(lines, first, own)


def _header(lines: Sequence[str], at: int, delimiter: str, *, hints: int = 0) -> Header:
    blank = sum(not line.strip() for line in lines[:at])
    return Header(at, delimiter, blank, at - blank - hints)


def _below_titles(lines: Sequence[str], first: int, delimiter: str, shape: RowShape) -> int | None:
    """The first row that names the prompt's column, is wider than all above, and as wide as the next."""
    widest = 1
    for record, following in pairwise(_records(lines, first, delimiter)):
        width = len(record.cells)
        if width > widest and len(following.cells) == width and shape.named_prompt(record.cells) is not None:
            return record.at
        widest = max(widest, width)
    return None


def _refuse_a_title(path: Path, lines: Sequence[str], first: int) -> None:
    """One column that nobody knows over rows of several is a title: its rows would be sent as prompts."""
    for delimiter in _DELIMITERS:
        records = list(_records(lines, first + 1, delimiter))
        widths = Counter(len(record.cells) for record in records)
        width, rows = max(widths.items(), key=lambda pair: pair[1], default=(1, 0))
        if width > 1 and rows >= 2 and 2 * rows > len(records):
            likely = next(record for record in records if len(record.cells) == width)
            # Its cells are not shown: a row of prompts may stand there.
            raise PromptHeaderUnclear(path=path, line_no=likely.at + 1, title_no=first + 1, count=width)


def _records(lines: Sequence[str], first: int, delimiter: str) -> Iterator[_Record]:
    reader = csv.reader(lines[first:], delimiter=delimiter)
    at = first
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                yield _Record(at, cells)
            at = first + reader.line_num
    except csv.Error:
        return  # Reading the file itself names the place.


def _cells(header: str, delimiter: str) -> list[str]:
    return next((record.cells for record in _records([header], 0, delimiter)), [])


def _joined(lines: Sequence[str], first: int) -> str:
    """The physical lines of the record that begins there: a cell in quotes may go over several."""
    quotes = 0
    for at in range(first, len(lines)):
        quotes += lines[at].count('"')
        if quotes % 2 == 0:
            return "".join(lines[first : at + 1])
    return "".join(lines[first:])


def _delimiter_of(header: str, *, tab_first: bool) -> str:
    """The candidate that stands most often outside quotes; the comma when there is none."""
    outside = "".join(header.split('"')[::2])
    if tab_first and "\t" in outside:
        return "\t"
    return max(_DELIMITERS, key=outside.count)


def column_names(path: Path, header: list[str]) -> tuple[str, ...]:
    """The names in the header row; a column without one is called by its number. Raises ColumnNamedTwice."""
    names = tuple(plain_name(cell) or f"column_{number}" for number, cell in enumerate(header, 1))
    twice = first_twice(names)
    if twice is not None:
        raise ColumnNamedTwice(path=path, column=shown_name(twice))
    return names


def prompt_column(path: Path, names: tuple[str, ...], shape: RowShape) -> str:
    """The name of the prompt's column; empty when a template needs none. Raises PromptColumnUnclear."""
    found = shape.prompt_name(names)
    if found is not None:
        return found
    if shape.template is not None:
        return ""
    if shape.prompt_column is not None:
        problem = f"there is no column {shown_name(shape.prompt_column)}"
    else:
        problem = f"no column is called {', '.join(PROMPT_NAMES[:-1])} or {PROMPT_NAMES[-1]}"
    raise PromptColumnUnclear(path=path, problem=problem, columns=", ".join(map(shown_name, names)))
