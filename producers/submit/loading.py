"""Loads a run from its version, a slice at a time, by whoever comes: a command, or any dispatcher.

A slice and the note that it is done are one transaction, so that whoever is killed at any moment leaves a run
that the next one goes on with, and of two that load the same run one writes each slice (P29).
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from producers.campaign.spec import Target
from producers.plan.kept_rows import kept_target
from producers.submit.job_rows import Values, job_rows
from promptrelay.database.database import Database
from promptrelay.database.runs.cancelling import cancel_all_jobs
from promptrelay.database.runs.loading import advance, found_loading, insert_jobs, insert_rows, open_run
from promptrelay.database.schedules import fires, versions
from promptrelay.domain.drill import Passes, nothing_happens

SLICE_JOBS = 1_000
_FORGOTTEN_AT_ONCE = 10_000
_ROW = ("row_no", "row_id", "line_no", "prompt", "user_tag", "variables")


def load_run(database: Database, run_id: str, version_id: str) -> None:
    """Write all that is left of a person's run and open it; returns also when it was cancelled meanwhile."""
    while load_slice(database, run_id):
        pass
    cancel_all_jobs(database, run_id)  # What was written of it before somebody cancelled it.
    _forget(database, version_id)


def load_slice(database: Database, run_id: str, passes: Passes = nothing_happens) -> bool:
    """Write the run's next rows and jobs, or open it when there are none; whether there is more to do."""
    with database.read() as connection:
        run = found_loading(connection, run_id)
        if run is None:
            return False
        rows, jobs = _next(connection, run)
    if not rows:
        passes("schedule.before_open")
        _open(database, run_id)
        passes("schedule.after_open")
        return False
    with database.write() as connection:
        loaded = advance(connection, run, row=rows[-1]["row_no"], jobs=run["loaded_jobs"] + len(jobs))
        if loaded:
            insert_rows(connection, rows)
            insert_jobs(connection, jobs)
    passes("schedule.after_slice")
    # When another was faster, the next look tells how far the run is now.
    return True


def _next(connection: sa.Connection, run: sa.RowMapping) -> tuple[list[Values], list[Values]]:
    version = versions.find(connection, run["version_id"])
    shared = tuple(map(kept_target, version["targets"]))
    most = max(1, SLICE_JOBS // (version["repeats"] * max(1, len(shared))))
    rows: list[Values] = []
    jobs: list[Values] = []
    for row in versions.rows_after(connection, version["id"], run["loaded_row"], most):
        rows.append({"run_id": run["id"], **{name: row[name] for name in _ROW}})
        made = job_rows(
            run["id"],
            row,
            _targets(row, shared),
            repeats=version["repeats"],
            keep_duplicates=version["keep_duplicates"],
        )
        # Numbered row by row, so that platforms take turns.
        first = run["loaded_jobs"] + len(jobs) + 1
        jobs += ({**job, "position": position} for position, job in enumerate(made, first))
    return rows, jobs


def _targets(row: dict[str, Any], shared: tuple[Target, ...]) -> tuple[Target, ...]:
    return shared if row["targets"] is None else tuple(map(kept_target, row["targets"]))


def _open(database: Database, run_id: str) -> None:
    """Let the run be sent; of a person's run nothing needs its version any more."""
    with database.write() as connection:
        scheduled = fires.is_scheduled(connection, run_id)
        opened = open_run(connection, run_id, keeps_version=scheduled)
    if not opened:
        cancel_all_jobs(database, run_id)


def _forget(database: Database, version_id: str) -> None:
    while True:
        with database.write() as connection:
            if versions.forget_loaded(connection, version_id, _FORGOTTEN_AT_ONCE) == 0:
                return
