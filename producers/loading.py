"""Writes a run's rows and jobs in slices, each in its own transaction; repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from producers.campaign import CampaignSpec, Target
from producers.prompts import PromptRow
from producers.survey import InputHash, good_rows
from promptrelay.database.database import Database
from promptrelay.database.loading import insert_jobs, insert_rows
from promptrelay.domain.ids import digest

SLICE_JOBS = 1_000

Values = dict[str, Any]


def load_run(database: Database, spec: CampaignSpec, path: Path, run_id: str) -> str:
    """Write every row with its jobs and return the hash of what was read; the run stays `loading`.

    Jobs are numbered row by row, so that platforms take turns. Raises PromptFileError.
    """
    hashed = InputHash()
    positions = count(1)
    targets = spec.targets()
    rows: list[Values] = []
    jobs: list[Values] = []
    for row_no, row in good_rows(path, prompt_column=spec.prompt_column):
        hashed.add(row)
        rows.append(_row(run_id, row_no, row))
        jobs += ({**job, "position": next(positions)} for job in _jobs(spec, targets, run_id, row_no, row))
        if len(jobs) >= SLICE_JOBS:
            _write(database, rows, jobs)
            rows, jobs = [], []
    _write(database, rows, jobs)
    return str(hashed)


def _write(database: Database, rows: list[Values], jobs: list[Values]) -> None:
    # Slices are small: SQLite has one writer at a time, and other runs go on sending meanwhile.
    with database.write() as connection:
        insert_rows(connection, rows)
        insert_jobs(connection, jobs)


def _row(run_id: str, row_no: int, row: PromptRow) -> Values:
    return {
        "run_id": run_id,
        "row_no": row_no,
        "row_id": row.row_id,
        "line_no": row.line_no,
        "prompt": row.prompt,
        "user_tag": row.user_tag,
        "variables": row.variables,
    }


def _jobs(
    spec: CampaignSpec, targets: tuple[Target, ...], run_id: str, row_no: int, row: PromptRow
) -> Iterator[Values]:
    for repeat in range(1, spec.repeats + 1):
        for target in targets:
            yield {
                "id": _key(spec, target, run_id, row_no, row, repeat),
                "run_id": run_id,
                "platform": target.platform.value,
                "method": target.method.value,
                "model": target.model,
                "parameters": dict(target.parameters),
                "row_no": row_no,
                "repeat": repeat,
            }


def _key(spec: CampaignSpec, target: Target, run_id: str, row_no: int, row: PromptRow, repeat: int) -> str:
    """The job's id: rows that want the same get the same, so that it is paid for once."""
    parts: Values = {
        "run": run_id,
        "platform": target.platform,
        "model": target.model,
        "parameters": dict(target.parameters),
        "prompt": row.prompt,
        "repeat": repeat,
    }
    return digest({**parts, "row": row_no} if spec.keep_duplicates else parts)
