"""Writes a run's rows and jobs in slices, each in its own transaction; repeating it changes nothing."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

from producers.campaign.spec import CampaignSpec
from producers.campaign.wanted_rows import WantedRow, WantedRows
from producers.plan.survey import InputHash
from producers.submit.job_rows import input_row, job_rows
from promptrelay.database.database import Database
from promptrelay.database.runs.loading import insert_jobs, insert_rows, is_loading

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
        row = input_row(wanted)
        rows.append({"run_id": run_id, **row})
        made = job_rows(
            run_id, row, wanted.targets, repeats=spec.repeats, keep_duplicates=spec.keep_duplicates
        )
        jobs += ({**job, "position": next(positions)} for job in made)
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
