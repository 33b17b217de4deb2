"""All runs at one look, the newest first."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.schedules import fires
from promptrelay.database.schema import jobs, ledger, runs
from promptrelay.domain.money import Usd
from promptrelay.domain.states import JobState


def run_list(database: Database, *, state: str | None = None, most: int = 0) -> list[dict[str, Any]]:
    """The newest runs, all or those in a state, with jobs by state; money as decimal strings in USD.

    `most` 0 is all.
    """
    shown = sa.select(runs).where(~runs.c.witness)
    statement = shown.order_by(runs.c.created_at.desc(), runs.c.id.desc())
    if state is not None:
        statement = statement.where(runs.c.state == state)
    if most:
        statement = statement.limit(most)
    with database.read() as connection:
        found = connection.execute(statement).mappings().all()
        ids = [row["id"] for row in found]
        counts, net, now = _counts(connection, ids), _net(connection, ids), database_time(connection)
        fired = fires.of_runs(connection, ids)
    return [
        {
            "run": row["id"],
            "campaign": row["campaign"],
            "account": row["account"],
            "state": row["state"],
            "reason": row["reason"],
            "jobs": sum(counts[row["id"]].values()),
            "done": counts[row["id"]].get(JobState.DONE, 0),
            "failed": counts[row["id"]].get(JobState.FAILED, 0),
            "net": str(net[row["id"]]),
            "age_s": round(now - row["created_at"], 1),
            "finished_at": row["finished_at"],
            "purged_at": row["purged_at"],
            **_schedule(fired.get(row["id"])),
        }
        for row in found
    ]


def _schedule(fire: fires.FireRow | None) -> dict[str, Any]:
    """The schedule's time that the run was made for, and how its prompts differ from the run before."""
    if fire is None:
        return {"schedule": None}
    names = ("schedule", "wall", "zone", "prompts_added", "prompts_removed")
    return {**{name: fire[name] for name in names}, "version": fire["version_id"]}


def _counts(connection: sa.Connection, ids: list[str]) -> dict[str, dict[str, int]]:
    statement = (
        sa.select(jobs.c.run_id, jobs.c.state, sa.func.count())
        .where(jobs.c.run_id.in_(ids))
        .group_by(jobs.c.run_id, jobs.c.state)
    )
    found: dict[str, dict[str, int]] = defaultdict(dict)
    for run_id, state, count in connection.execute(statement):
        found[run_id][state] = int(count)
    return found


def _net(connection: sa.Connection, ids: list[str]) -> dict[str, Usd]:
    statement = (
        sa.select(ledger.c.run_id, sa.func.sum(ledger.c.provider_nanos))
        .where(ledger.c.run_id.in_(ids))
        .group_by(ledger.c.run_id)
    )
    return defaultdict(Usd, {run_id: Usd(-int(moved)) for run_id, moved in connection.execute(statement)})
