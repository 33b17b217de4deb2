"""Writes a run with its rows and jobs, in slices, and opens it in its last transaction (P29)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import deliveries, jobs, rows, runs
from promptrelay.database.upsert import insert_into
from promptrelay.domain.states import JobState, RunState


def insert_run(connection: sa.Connection, values: dict[str, Any]) -> bool:
    """Insert the run as `loading`; False when this account, fingerprint and generation is there already."""
    row = {**values, "state": RunState.LOADING, "created_at": now()}
    statement = insert_into(connection, runs).on_conflict_do_nothing().values(row).returning(runs.c.id)
    return connection.execute(statement).first() is not None


def found_loading(connection: sa.Connection, run_id: str) -> sa.RowMapping | None:
    """The run with how far it is loaded; None when there is nothing more to write."""
    loading = sa.and_(runs.c.id == run_id, runs.c.state == RunState.LOADING)
    return connection.execute(sa.select(runs).where(loading)).mappings().first()


def advance(connection: sa.Connection, run: sa.RowMapping, *, row: int, jobs: int) -> bool:
    """Note that the next slice is loaded; False: another did it, or the run loads no more (P7)."""
    statement = (
        sa.update(runs)
        .where(
            runs.c.id == run["id"],
            runs.c.state == RunState.LOADING,
            runs.c.loaded_row == run["loaded_row"],
        )
        .values(loaded_row=row, loaded_jobs=jobs)
    )
    return connection.execute(statement).rowcount == 1


def load_from(connection: sa.Connection, run_id: str, version_id: str) -> None:
    """Load a run from its beginning out of this version: what it was made from is not there any more."""
    statement = sa.update(runs).where(runs.c.id == run_id, runs.c.state == RunState.LOADING)
    connection.execute(statement.values(version_id=version_id, loaded_row=0, loaded_jobs=0))


def insert_rows(connection: sa.Connection, values: Sequence[dict[str, Any]]) -> None:
    """Write a slice of input rows; those that are there already stay as they are."""
    if values:
        connection.execute(insert_into(connection, rows).on_conflict_do_nothing(), list(values))


def insert_jobs(connection: sa.Connection, values: Sequence[dict[str, Any]]) -> None:
    """Write a slice of jobs, each for its row; a job that is there already gains a delivery."""
    if not values:
        return
    wanted = [{**value, "state": JobState.QUEUED, "due_at": 0.0} for value in values]
    connection.execute(insert_into(connection, jobs).on_conflict_do_nothing(), wanted)
    delivered = [{"job_id": v["id"], "row_no": v["row_no"], "run_id": v["run_id"]} for v in values]
    connection.execute(insert_into(connection, deliveries).on_conflict_do_nothing(), delivered)


def open_run(connection: sa.Connection, run_id: str, *, keeps_version: bool) -> bool:
    """Turn the loaded run `running`; False when it was opened before, or cancelled."""
    statement = (
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state == RunState.LOADING)
        .values(state=RunState.RUNNING, version_id=runs.c.version_id if keeps_version else None)
    )
    return connection.execute(statement).rowcount == 1
