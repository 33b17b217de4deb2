"""Loads a schedule's run from the version of its campaign, a slice at a time, by any dispatcher.

A slice and the note that it is done are one transaction, so that a dispatcher killed at any moment leaves a
run that the next one goes on with, and of two that load the same run one writes each slice (P29).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from producers.submit.job_rows import Values, job_rows
from producers.submit.versions import stored_target
from promptrelay.database.database import Database
from promptrelay.database.runs.cancelling import cancel_all_jobs
from promptrelay.database.runs.loading import insert_jobs, insert_rows, is_loading, open_run
from promptrelay.database.schedules import fires, versions

SLICE_JOBS = 1_000
_ROW = ("row_no", "row_id", "line_no", "prompt", "user_tag", "variables")


def load_slice(
    database: Database, fire: Mapping[str, Any], passes: Callable[[str], None]
) -> Mapping[str, Any] | None:
    """Write the run's next rows and jobs, or open the run when there are none.

    Gives the time with how far its run is loaded now; None when there is nothing more to do.
    """
    rows, jobs = _next(database, fire)
    if not rows:
        passes("schedule.before_open")
        _open(database, fire["run_id"])
        passes("schedule.after_open")
        return None
    loaded = {"loaded_row": rows[-1]["row_no"], "loaded_jobs": fire["loaded_jobs"] + len(jobs)}
    with database.write() as connection:
        if not (fires.advance(connection, fire, **loaded) and is_loading(connection, fire["run_id"])):
            return None
        insert_rows(connection, rows)
        insert_jobs(connection, jobs)
    passes("schedule.after_slice")
    return {**fire, **loaded}


def _next(database: Database, fire: Mapping[str, Any]) -> tuple[list[Values], list[Values]]:
    run_id = fire["run_id"]
    with database.read() as connection:
        version = versions.find(connection, fire["version_id"])
        shared = tuple(map(stored_target, version["targets"]))
        most = max(1, SLICE_JOBS // (version["repeats"] * max(1, len(shared))))
        found = versions.rows_after(connection, version["id"], fire["loaded_row"], most)
    rows: list[Values] = []
    jobs: list[Values] = []
    for row in found:
        targets = shared if row["targets"] is None else tuple(map(stored_target, row["targets"]))
        rows.append({"run_id": run_id, **{name: row[name] for name in _ROW}})
        made = job_rows(
            run_id, row, targets, repeats=version["repeats"], keep_duplicates=version["keep_duplicates"]
        )
        # Numbered row by row, so that platforms take turns.
        first = fire["loaded_jobs"] + len(jobs) + 1
        jobs += ({**job, "position": position} for position, job in enumerate(made, first))
    return rows, jobs


def _open(database: Database, run_id: str) -> None:
    with database.write() as connection:
        opened = open_run(connection, run_id)
    if not opened:
        cancel_all_jobs(database, run_id)  # It was cancelled while its jobs were written.
