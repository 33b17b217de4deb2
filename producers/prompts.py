"""Prompt files, whatever their format, as one stream of rows."""

from __future__ import annotations

from pathlib import Path

from producers.csv_prompts import csv_rows
from producers.errors import (
    PromptFileIsDirectory,
    PromptFileMissing,
    PromptFileNotYetSupported,
    PromptFileUnsupported,
)
from producers.prompt_rows import BlankLines, PromptRow, PromptRows, RefusedRow
from producers.text_prompts import text_rows

__all__ = ["PromptRow", "PromptRows", "RefusedRow", "read_prompts"]

_CSV = (".csv", ".tsv")
_TEXT = (".txt",)
_LATER = (".jsonl", ".ndjson", ".json", ".yaml", ".yml")


def read_prompts(path: Path, *, prompt_column: str | None = None) -> PromptRows:
    """An iterator over every row of the file, good or refused, in order and in constant memory.

    `.csv` and `.tsv` have a header row; the prompt's column is `prompt_column`, else the first there is of
    prompt, user_prompt, question, query, text, else the only one. `.txt` has one prompt a line.
    Raises PromptFileError here or while iterating, whose message names the place and the cure.
    """
    suffix = path.suffix.lower()
    _check(path, suffix)
    blank = BlankLines()
    if suffix in _TEXT:
        return PromptRows(text_rows(path, blank), blank)
    return PromptRows(csv_rows(path, blank, prompt_column=prompt_column), blank)


def _check(path: Path, suffix: str) -> None:
    if path.is_dir():
        raise PromptFileIsDirectory(path=path)
    if not path.exists():
        raise PromptFileMissing(path=path)
    if suffix in _LATER:
        raise PromptFileNotYetSupported(path=path, suffix=suffix)
    if suffix not in (*_CSV, *_TEXT):
        raise PromptFileUnsupported(path=path, suffix=suffix or "no extension")
