"""Reads a prompt file once, before a cent is spent: what can be sent, what cannot, and its fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from producers.prompts import PromptRow, RefusedRow, read_prompts

MAX_SHOWN_REFUSALS = 1_000


@dataclass(frozen=True, slots=True)
class Survey:
    """What a prompt file holds."""

    rows: int
    """Rows that can be sent."""
    refused_rows: int
    refused: tuple[RefusedRow, ...]
    """The first thousand of them."""
    unique: int
    """Prompts that differ."""
    blank_lines: int
    input_hash: str

    @property
    def duplicates(self) -> int:
        """Rows whose prompt stands in the file before them."""
        return self.rows - self.unique


class InputHash:
    """Grows with every row; the same for the same rows, whatever the file's format."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, row: PromptRow) -> None:
        """Take in all that is sent or given back of the row."""
        parts = [row.row_id, row.prompt, row.user_tag, row.variables]
        self._hash.update(json.dumps(parts, sort_keys=True, ensure_ascii=True).encode() + b"\n")

    def __str__(self) -> str:
        return self._hash.hexdigest()


def survey(path: Path, *, prompt_column: str | None = None) -> Survey:
    """Read every row once; memory grows by some 100 bytes a prompt. Raises PromptFileError."""
    hashed = InputHash()
    seen: set[int] = set()
    refused: list[RefusedRow] = []
    good = bad = 0
    found = read_prompts(path, prompt_column=prompt_column)
    for row in found:
        if isinstance(row, RefusedRow):
            bad += 1
            if bad <= MAX_SHOWN_REFUSALS:
                refused.append(row)
            continue
        good += 1
        hashed.add(row)
        seen.add(_short_hash(row.prompt))
    return Survey(good, bad, tuple(refused), len(seen), found.blank_lines, str(hashed))


def good_rows(path: Path, *, prompt_column: str | None) -> Iterator[tuple[int, PromptRow]]:
    """The rows that can be sent, each with its number among all rows. Raises PromptFileError."""
    for number, row in enumerate(read_prompts(path, prompt_column=prompt_column), 1):
        if isinstance(row, PromptRow):
            yield number, row


def refusal_lines(found: Survey, *, most: int = 10) -> str:
    """The first refused rows, a line each, with how many more there are."""
    lines = [f"line {row.line_no}: {row.reason}" for row in found.refused[:most]]
    if found.refused_rows > most:
        lines.append(f"and {found.refused_rows - most} more")
    return "; ".join(lines)


def _short_hash(prompt: str) -> int:
    """64 bits are enough to count: the keys of jobs are longer."""
    return int.from_bytes(hashlib.blake2b(prompt.encode(), digest_size=8).digest())
