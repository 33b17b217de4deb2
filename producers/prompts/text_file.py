"""Plain text: one prompt a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from producers.prompts.errors import PromptFileEmpty
from producers.prompts.lines import physical_lines
from producers.prompts.row_shape import RowShape
from producers.prompts.rows import PromptRow, RefusedRow, Seen

COLUMN = "prompt"
"""What a template calls the line."""


def text_rows(path: Path, seen: Seen, shape: RowShape) -> Iterator[PromptRow | RefusedRow]:
    """A row for each line that is not blank. Raises PromptFileError, also when there is none."""
    row_no = 0
    for line_no, line in enumerate(physical_lines(path), 1):
        prompt = line.rstrip("\r\n")
        if not prompt.strip():
            seen.blank_lines += 1
            continue
        row_no += 1
        yield shape.row(row_no, line_no, {COLUMN: prompt}, COLUMN)
    if row_no == 0:
        raise PromptFileEmpty(path=path)
