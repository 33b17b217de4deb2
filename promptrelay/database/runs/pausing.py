"""Stops new sending at an operator's word, and lets it go on: one run, or everything.

The check before each paid call reads what is written here (P2), so it holds as soon as it is committed.
Lock order: runs, then accounts.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from promptrelay.database.accounts import accounts
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import accounts as accounts_table
from promptrelay.database.schema import runs
from promptrelay.domain.account.pause import BY_OPERATOR, Cause
from promptrelay.domain.states import RunState


def is_operators(reason: str | None) -> bool:
    """Whether a pause with this reason is an operator's, which nothing but `resume` ends."""
    return reason == BY_OPERATOR


def pause_run(connection: sa.Connection, run_id: str) -> bool:
    """Send nothing new of the run; False when its state does not allow it.

    A run that the provider's refusal has paused becomes the operator's: then only `resume` lets it go on.
    """
    return bool(_pause(connection, runs.c.id == run_id))


def pause_all(connection: sa.Connection) -> tuple[list[str], list[str]]:
    """Send nothing new of any run, nor of one that is submitted later; the runs and accounts paused now.

    Both also if they were paused for another cause: from now on only `resume` lets them go on.
    """
    paused = _pause(connection, sa.or_(runs.c.state == RunState.RUNNING, ~_operators_run()))
    names = connection.execute(sa.select(accounts_table.c.name).order_by("name")).scalars().all()
    changed = [
        accounts.pause(connection, name, reason=BY_OPERATOR, resume_at=None, cause=Cause.OPERATOR)
        for name in names
    ]
    return paused, [name for name, new in zip(names, changed, strict=True) if new]


def resume_run(connection: sa.Connection, run_id: str) -> bool:
    """Let a paused or stopped run send again; False when it was neither. Its caps are the caller's matter."""
    return bool(_resume(connection, runs.c.id == run_id, (RunState.PAUSED, RunState.STOPPED_BUDGET)))


def resume_all(connection: sa.Connection) -> tuple[list[str], list[str]]:
    """Let every paused run and provider account send again: the runs' ids and the accounts' names."""
    resumed = _resume(connection, sa.true(), (RunState.PAUSED,))
    names = connection.execute(sa.select(accounts_table.c.name).order_by("name")).scalars().all()
    return resumed, [name for name in names if accounts.resume(connection, name)]


def set_caps(connection: sa.Connection, run_id: str, caps: Mapping[str, int]) -> None:
    """Give the run other caps, by column."""
    if caps:
        connection.execute(sa.update(runs).where(runs.c.id == run_id).values(**caps))


def _operators_run() -> sa.ColumnElement[bool]:
    return sa.func.coalesce(runs.c.reason, "") == BY_OPERATOR


def _pause(connection: sa.Connection, which: sa.ColumnElement[bool]) -> list[str]:
    pausable = sa.and_(which, runs.c.state.in_((RunState.RUNNING, RunState.PAUSED)))
    return _change(connection, pausable, state=RunState.PAUSED, reason=BY_OPERATOR)


def _resume(
    connection: sa.Connection, which: sa.ColumnElement[bool], states: tuple[RunState, ...]
) -> list[str]:
    return _change(connection, sa.and_(which, runs.c.state.in_(states)), state=RunState.RUNNING, reason=None)


def _change(connection: sa.Connection, those: sa.ColumnElement[bool], **values: str | None) -> list[str]:
    ids = lock_in_order(connection, runs, those)
    statement = sa.update(runs).where(runs.c.id.in_(ids), those).values(**values).returning(runs.c.id)
    return sorted(connection.execute(statement).scalars())
