"""Reads a campaign's prompts once, before a cent is spent: what can be sent, what cannot, the fingerprint."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from producers.campaign.spec import CampaignSpec
from producers.campaign.wanted_rows import WantedRows
from producers.plan.errors import NothingToSend, RefusedInput
from producers.plan.job_counts import JobCounts
from producers.plan.kept_rows import KeptRows
from producers.plan.row_oddities import RowOddities
from producers.prompts.reading import PromptRow, RefusedRow
from producers.prompts.rows import Seen
from promptrelay.domain.platform import Method, Platform

MAX_SHOWN_REFUSALS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Survey:
    """What a campaign's prompts come to."""

    rows: int
    """Rows that can be sent."""
    refused_rows: int
    refused: tuple[RefusedRow, ...]
    """The first thousand of them."""
    unique: int
    """Rows that want something that no row before them wants."""
    seen: Seen
    """What else is in the file."""
    input_hash: str
    jobs: Mapping[tuple[Platform, Method, str], int]
    """Jobs to be sent by platform, method and model, with repeats; equal ones once unless each is wanted."""
    searching: Mapping[tuple[Platform, Method, str], int]
    """Those of them that ask for web search."""
    answers: Mapping[Platform, int]
    """Answers to be given back, with repeats and duplicates."""
    notes: tuple[str, ...] = ()
    """What is done otherwise than the rows ask, a sentence each."""
    oddities: RowOddities = field(default_factory=RowOddities)
    """Rows that somebody may not want to pay for."""
    first_prompt: str = field(default="", repr=False)
    kept: KeptRows | None = field(default=None, repr=False, compare=False)
    """The rows themselves, if they were to be kept."""

    @property
    def duplicates(self) -> int:
        """Rows for which everything is asked by rows before them."""
        return self.rows - self.unique


class InputHash:
    """Grows with every row; the same for the same rows, whatever the file's format."""

    def __init__(self) -> None:
        self._hash = hashlib.blake2b(digest_size=16)

    def add(self, row: PromptRow) -> None:
        """Take in all that is sent or given back of the row."""
        parts = [row.row_id, row.prompt, row.user_tag, row.variables]
        if row.fields:
            parts.append(row.fields)
        self._hash.update(json.dumps(parts, sort_keys=True, ensure_ascii=True).encode() + b"\n")

    def __str__(self) -> str:
        return self._hash.hexdigest()


def survey(spec: CampaignSpec, path: Path, *, keep: bool = False) -> Survey:
    """Read every row once; memory grows by less than 50 bytes a job. `keep`: with the rows, to be written.

    Raises PromptFileError, NoRoomToKeepRows.
    """
    hashed, counts = InputHash(), JobCounts(spec)
    kept = KeptRows(spec.targets()) if keep else None
    refused: list[RefusedRow] = []
    oddities, first_prompt = RowOddities(), ""
    good = bad = 0
    rows = WantedRows(spec, spec.prompts_of(path))
    for wanted in rows:
        if isinstance(wanted, RefusedRow):
            bad += 1
            if bad <= MAX_SHOWN_REFUSALS:
                refused.append(wanted)
            continue
        good += 1
        first_prompt = first_prompt or wanted.row.prompt
        oddities.add(wanted.row)
        hashed.add(wanted.row)
        counts.add(wanted)
        if kept is not None:
            kept.add(wanted)
    return Survey(
        rows=good,
        refused_rows=bad,
        refused=tuple(refused),
        unique=counts.unique,
        seen=rows.seen,
        oddities=oddities,
        first_prompt=first_prompt,
        input_hash=str(hashed),
        jobs=dict(counts.jobs),
        searching=dict(counts.searching),
        answers=dict(counts.answers),
        notes=rows.notes(),
        kept=kept,
    )


def refusal_lines(found: Survey, *, most: int = 10) -> str:
    """The first refused rows, a line each, with how many more there are."""
    lines = [f"line {row.line_no}: {row.reason}" for row in found.refused[:most]]
    if found.refused_rows > most:
        lines.append(f"and {found.refused_rows - most} more")
    return "; ".join(lines)


def check_rows(found: Survey, spec: CampaignSpec, path: Path) -> None:
    """Return if the prompts can be sent. Raises NothingToSend, RefusedInput."""
    lines = refusal_lines(found)
    if found.rows == 0:
        raise NothingToSend(path=path, lines=lines, refused=found.refused)
    if found.refused_rows and not spec.skip_invalid:
        total = found.rows + found.refused_rows
        raise RefusedInput(
            path=path, count=found.refused_rows, total=total, lines=lines, refused=found.refused
        )
