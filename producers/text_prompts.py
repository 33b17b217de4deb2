"""Plain text: one prompt a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from producers.errors import PromptFileEmpty
from producers.prompt_lines import physical_lines
from producers.prompt_rows import BlankLines, PromptRow, RefusedRow
from promptrelay.domain.prompt_rules import refusal


def text_rows(path: Path, blank: BlankLines) -> Iterator[PromptRow | RefusedRow]:
    """A row for each line that is not blank. Raises PromptFileError, also when there is none."""
    row_no = 0
    for line_no, line in enumerate(physical_lines(path), 1):
        prompt = line.rstrip("\r\n")
        if not prompt.strip():
            blank.count += 1
            continue
        row_no += 1
        reason = refusal(prompt)
        yield RefusedRow(line_no, reason) if reason else PromptRow(str(row_no), line_no, prompt)
    if row_no == 0:
        raise PromptFileEmpty(path=path)
