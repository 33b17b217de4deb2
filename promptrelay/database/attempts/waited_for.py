"""The attempts of a run that the provider has and has not answered, with what it last said of them (P20)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import attempts
from promptrelay.domain.states import AttemptState

_LOOKED_AT = (AttemptState.SENT, AttemptState.WITHHELD, AttemptState.LATE)


@dataclass(frozen=True, slots=True)
class WaitedFor:
    """One of them, with times of the database."""

    attempt_id: str
    job_id: str
    state: AttemptState
    age_s: float
    code: int | None = None
    message: str | None = None
    unchanged_s: float | None = None
    """For how long the provider has said that; None: it has said nothing yet."""


def named(connection: sa.Connection, run_id: str, attempt_ids: Collection[str]) -> list[WaitedFor]:
    """Those of these attempts that are the run's and waited for."""
    return _those(connection, run_id, attempts.c.id.in_(attempt_ids))


def stuck(
    connection: sa.Connection,
    run_id: str,
    *,
    older_than_s: float,
    unchanged_for_s: float,
    waiting_codes: Collection[int],
) -> list[WaitedFor]:
    """Those whose time is over, or of which the provider has said for so long what is not that they wait."""
    over = attempts.c.posted_at <= now() - older_than_s
    odd = sa.and_(
        attempts.c.look_code.not_in(waiting_codes), attempts.c.look_since <= now() - unchanged_for_s
    )
    return _those(connection, run_id, sa.or_(over, odd))


def _those(connection: sa.Connection, run_id: str, which: sa.ColumnElement[bool]) -> list[WaitedFor]:
    # A settled one is waited for while a second task under its tag is out (P10).
    has_twin = sa.and_(attempts.c.state == AttemptState.SETTLED, attempts.c.due_at.is_not(None))
    columns = (
        *(attempts.c[name] for name in ("id", "job_id", "state")),
        (now() - attempts.c.posted_at).label("age_s"),
        *(attempts.c[name] for name in ("look_code", "look_message")),
        (now() - attempts.c.look_since).label("unchanged_s"),
    )
    statement = (
        sa.select(*columns)
        .where(attempts.c.run_id == run_id, sa.or_(attempts.c.state.in_(_LOOKED_AT), has_twin), which)
        .order_by(attempts.c.id)
    )
    return [
        WaitedFor(
            row.id,
            row.job_id,
            AttemptState(row.state),
            float(row.age_s or 0.0),
            row.look_code,
            row.look_message,
            None if row.unchanged_s is None else float(row.unchanged_s),
        )
        for row in connection.execute(statement)
    ]
