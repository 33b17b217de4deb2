"""Prompts, wherever they are listed and in whatever format, as one stream of rows."""

from __future__ import annotations

from pathlib import Path

from producers.prompts.csv_file import csv_rows
from producers.prompts.errors import PromptFileIsDirectory, PromptFileMissing, PromptFileUnsupported
from producers.prompts.json_file import json_rows
from producers.prompts.listed_prompts import ListedPrompts, listed_rows
from producers.prompts.row_shape import RowShape
from producers.prompts.rows import PromptRow, PromptRows, RefusedRow, Seen
from producers.prompts.text_file import text_rows

__all__ = ["ListedPrompts", "PromptRow", "PromptRows", "RefusedRow", "RowShape", "read_prompts"]

_FORMATS = {
    ".csv": csv_rows,
    ".tsv": csv_rows,
    ".txt": text_rows,
    ".jsonl": json_rows,
    ".ndjson": json_rows,
}


def read_prompts(
    prompts: Path | ListedPrompts, *, prompt_column: str | None = None, shape: RowShape | None = None
) -> PromptRows:
    """An iterator over every row, good or refused, in order and in constant memory.

    `.csv` and `.tsv` have a header row, `.jsonl` and `.ndjson` an object or a text a line; the prompt's
    column or key is `prompt_column`, else the first there is of prompt, user_prompt, question, query, text,
    else the only one. `.txt` has one prompt a line. A `shape` says the column and all else asked of rows.
    Raises PromptFileError here or while iterating, whose message names the place and the cure.
    """
    shape = shape or RowShape(prompt_column=prompt_column)
    seen = Seen()
    if isinstance(prompts, ListedPrompts):
        return PromptRows(listed_rows(prompts, shape), seen)
    suffix = prompts.suffix.lower()
    _check(prompts, suffix)
    return PromptRows(_FORMATS[suffix](prompts, seen, shape), seen)


def _check(path: Path, suffix: str) -> None:
    if path.is_dir():
        raise PromptFileIsDirectory(path=path)
    if not path.exists():
        raise PromptFileMissing(path=path)
    if suffix not in _FORMATS:
        raise PromptFileUnsupported(path=path, suffix=suffix or "no extension")
