"""The first row of a CSV file: which delimiter, which column holds the prompt."""

from __future__ import annotations

from pathlib import Path

from producers.prompts.errors import ColumnNamedTwice, PromptColumnUnclear
from producers.prompts.row_shape import PROMPT_NAMES, RowShape, shown_name

_DELIMITERS = (",", ";", "\t", "|")


def delimiter_of(header: str, *, tab_first: bool) -> str:
    """The candidate that stands most often outside quotes; the comma when there is none."""
    outside = "".join(header.split('"')[::2])
    if tab_first and "\t" in outside:
        return "\t"
    return max(_DELIMITERS, key=outside.count)


def column_names(path: Path, header: list[str]) -> tuple[str, ...]:
    """The names in the header row; a column without one is called by its number. Raises ColumnNamedTwice."""
    names = tuple(cell.strip() or f"column_{number}" for number, cell in enumerate(header, 1))
    for at, name in enumerate(names):
        if name in names[:at]:
            raise ColumnNamedTwice(path=path, column=shown_name(name))
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
