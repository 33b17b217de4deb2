"""Writes a run's rows and jobs in slices, each in its own transaction; repeating it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from producers.campaign import CampaignSpec, Target
from producers.prompts import PromptRow
from producers.survey import InputHash
from producers.wanted_rows import WantedRow, WantedRows
from promptrelay.database.database import Database
from promptrelay.database.loading import insert_jobs, insert_rows, is_loading
from promptrelay.domain.ids import digest

SLICE_JOBS = 1_000

Values = dict[str, Any]


def load_run(database: Database, spec: CampaignSpec, path: Path, run_id: str) -> str | None:
    """Write every row with its jobs and return the hash of what was read; the run stays `loading`.

    Jobs are numbered row by row, so that platforms take turns. None: the run is no longer `loading`, because
    it was cancelled or another submit was faster, and the rest is not written. Raises PromptFileError.
    """
    hashed = InputHash()
    positions = count(1)
    rows: list[Values] = []
    jobs: list[Values] = []
    for wanted in WantedRows(spec, spec.prompts_of(path)):
        if not isinstance(wanted, WantedRow):
            continue
        hashed.add(wanted.row)
        rows.append(_row(run_id, wanted.number, wanted.row))
        jobs += ({**job, "position": next(positions)} for job in _jobs(spec, run_id, wanted))
        if len(jobs) >= SLICE_JOBS:
            if not _write(database, run_id, rows, jobs):
                return None
            rows, jobs = [], []
    return str(hashed) if _write(database, run_id, rows, jobs) else None


def _write(database: Database, run_id: str, rows: list[Values], jobs: list[Values]) -> bool:
    # Slices are small: SQLite has one writer at a time, and other runs go on sending meanwhile.
    with database.write() as connection:
        if not is_loading(connection, run_id):
            return False
        insert_rows(connection, rows)
        insert_jobs(connection, jobs)
    return True


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


def _jobs(spec: CampaignSpec, run_id: str, wanted: WantedRow) -> Iterator[Values]:
    for repeat in range(1, spec.repeats + 1):
        for target in wanted.targets:
            yield {
                "id": _key(spec, target, run_id, wanted, repeat),
                "run_id": run_id,
                "platform": target.platform.value,
                "method": target.method.value,
                "model": target.model,
                "parameters": dict(target.parameters),
                "row_no": wanted.number,
                "repeat": repeat,
            }


def _key(spec: CampaignSpec, target: Target, run_id: str, wanted: WantedRow, repeat: int) -> str:
    """The job's id: rows that want the same get the same, so that it is paid for once."""
    parts: Values = {
        "run": run_id,
        "platform": target.platform,
        "model": target.model,
        "parameters": dict(target.parameters),
        "prompt": wanted.row.prompt,
        "repeat": repeat,
    }
    return digest({**parts, "row": wanted.number} if spec.keep_duplicates else parts)
