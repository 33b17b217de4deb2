"""Runs: finding them, changing their state, and seeing that they are finished."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from promptrelay.database.attempts.twins import HAS_TWIN
from promptrelay.database.clock import now
from promptrelay.database.presence import no_row
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.domain.states import GOING_JOB, UNFINISHED_RUN, WATCHED_ATTEMPT, RunState

RunRow = sa.RowMapping

_OPENED = (RunState.RUNNING, RunState.PAUSED, RunState.STOPPED_BUDGET)


def latest(connection: sa.Connection, account: str, fingerprint: str) -> RunRow | None:
    """The newest run of this input, finished or not (P29)."""
    statement = (
        sa.select(runs)
        .where(runs.c.account == account, runs.c.fingerprint == fingerprint)
        .order_by(runs.c.generation.desc())
        .limit(1)
    )
    return connection.execute(statement).mappings().first()


def find(connection: sa.Connection, name: str | None) -> RunRow | None:
    """The run with that id or the start of one, else the newest of that campaign; None: the newest of all.

    A hidden run is found by its name only.
    """
    statement = sa.select(runs).order_by(runs.c.created_at.desc(), runs.c.id.desc()).limit(1)
    if name is None:
        statement = statement.where(~runs.c.witness)
    else:
        by_id = runs.c.id.startswith(name.upper(), autoescape=True) if len(name) >= 4 else sa.false()
        statement = statement.where(sa.or_(by_id, runs.c.campaign == name))
    return connection.execute(statement).mappings().first()


def named_so(connection: sa.Connection, start: str, *, most: int = 5) -> list[str]:
    """The ids of runs that begin so, the newest first."""
    by_id = runs.c.id.startswith(start.upper(), autoescape=True)
    statement = sa.select(runs.c.id).where(by_id).order_by(runs.c.id.desc()).limit(most)
    return list(connection.execute(statement).scalars())


def unfinished(connection: sa.Connection, account: str | None = None) -> Sequence[RunRow]:
    """Every run that may still move, of one account or of all, in the order of its making."""
    statement = sa.select(runs).where(runs.c.state.in_(UNFINISHED_RUN)).order_by(runs.c.id)
    if account is not None:
        statement = statement.where(runs.c.account == account)
    return connection.execute(statement).mappings().all()


def change_state(
    connection: sa.Connection, run_id: str, state: RunState, *, expected: Sequence[RunState], reason: str = ""
) -> bool:
    """Move the run on if it is in an expected state; False when it is not (P7: permission)."""
    finished_at = now() if state is RunState.FINISHED else runs.c.finished_at
    statement = (
        sa.update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(expected))
        .values(state=state, reason=reason or None, finished_at=finished_at)
    )
    return connection.execute(statement).rowcount == 1


def update_options(connection: sa.Connection, run_id: str, values: Mapping[str, Any]) -> None:
    """Set what a run may change while it is unfinished: caps, priority, weight."""
    connection.execute(sa.update(runs).where(runs.c.id == run_id).values(**values))


def finish_done(connection: sa.Connection) -> list[str]:
    """Finish every opened run whose jobs are terminal and whose attempts are neither open nor late (P11)."""
    candidates = lock_in_order(connection, runs, over())
    if not candidates:
        return []
    # Asked again under the lock: a retry or a job given back that commits in between must not be overlooked.
    statement = (
        sa.update(runs)
        .where(runs.c.id.in_(candidates), over())
        .values(state=RunState.FINISHED, reason=None, finished_at=now())
        .returning(runs.c.id)
    )
    return list(connection.execute(statement).scalars())


def over() -> sa.ColumnElement[bool]:
    """Whether an opened run has nothing left to send or to wait for (P11)."""
    return sa.and_(
        runs.c.state.in_(_OPENED),
        no_row(jobs, jobs.c.run_id == runs.c.id, jobs.c.state.in_(GOING_JOB)),
        no_row(attempts, attempts.c.run_id == runs.c.id, attempts.c.state.in_(WATCHED_ATTEMPT)),
        # A second task under a settled one's tag still holds an advance.
        no_row(attempts, attempts.c.run_id == runs.c.id, HAS_TWIN, by=[attempts.c.due_at]),
    )
