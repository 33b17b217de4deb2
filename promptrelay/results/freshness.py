"""How far a run has come, as a mark that changes whenever one of its result lines may."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import attempts, jobs, ledger, runs

_FACTS = ("provider_id", "posted_at", "received_at", "settled_at", "status_code")


def change_mark(connection: sa.Connection, run_id: str) -> list[Any]:
    """Counts and last times of the run, as plain JSON.

    Evidence only adds facts and ledger rows are never changed (P7, P21), so nothing can happen to a run
    without one of these figures moving. Where answers lie is left out: moving them changes no line.
    """
    state = sa.select(runs.c.state, runs.c.finished_at).where(runs.c.id == run_id)
    booked = sa.select(sa.func.count(), sa.func.max(ledger.c.id)).where(ledger.c.run_id == run_id)
    facts = sa.select(
        *(sa.func.count(attempts.c[name]) for name in _FACTS), sa.func.max(attempts.c.settled_at)
    ).where(attempts.c.run_id == run_id)
    parts = (state, booked, facts, _by_state(jobs, run_id), _by_state(attempts, run_id))
    return [[list(row) for row in connection.execute(part)] for part in parts]


def _by_state(table: sa.Table, run_id: str) -> sa.Select[Any]:
    state = table.c.state
    return sa.select(state, sa.func.count()).where(table.c.run_id == run_id).group_by(state).order_by(state)
