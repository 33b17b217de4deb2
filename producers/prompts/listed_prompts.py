"""Prompts that stand in the campaign file itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from producers.prompts.errors import PromptFileEmpty
from producers.prompts.json_file import row_of_object
from producers.prompts.row_shape import RowShape
from producers.prompts.rows import PromptRow, RefusedRow


@dataclass(frozen=True, slots=True)
class ListedPrompts:
    """A list of prompts with the lines on which they stand."""

    path: Path
    """The file that lists them."""
    entries: tuple[tuple[int, Mapping[str, Any]], ...]
    """The line of each, and its values by column name."""

    def __str__(self) -> str:
        return str(self.path)


def listed_rows(listed: ListedPrompts, shape: RowShape) -> Iterator[PromptRow | RefusedRow]:
    """A row for each entry. Raises PromptFileEmpty when there is none."""
    if not listed.entries:
        raise PromptFileEmpty(path=listed.path)
    for row_no, (line_no, values) in enumerate(listed.entries, 1):
        yield row_of_object(shape, row_no, line_no, dict(values))
