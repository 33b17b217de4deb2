"""What the provider says of a run's sendings that have no answer: a line a code (P20)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import attempts
from promptrelay.dataforseo.policy import WAITING
from promptrelay.domain.states import WATCHED_ATTEMPT, AttemptState


def provider_words(connection: sa.Connection, run_id: str) -> list[dict[str, Any]]:
    """Each code but those that only say to wait, the commonest first.

    `waiting` of the `attempts` are still looked at; `for_s` is how long the oldest of them has had that code.
    """
    waits = attempts.c.state.in_(WATCHED_ATTEMPT)
    statement = (
        sa.select(
            attempts.c.look_code,
            sa.func.max(attempts.c.look_message),
            sa.func.count(),
            sa.func.sum(sa.case((waits, 1), else_=0)),
            now() - sa.func.min(sa.case((waits, attempts.c.look_since))),
        )
        .where(
            attempts.c.run_id == run_id,
            attempts.c.look_code.is_not(None),
            attempts.c.look_code.not_in(WAITING),
            attempts.c.state != AttemptState.SETTLED,
        )
        .group_by(attempts.c.look_code)
        .order_by(sa.func.count().desc(), attempts.c.look_code)
    )
    return [
        {
            "code": code,
            "message": message,
            "attempts": int(count),
            "waiting": int(waiting),
            "for_s": None if for_s is None else round(float(for_s), 1),
        }
        for code, message, count, waiting, for_s in connection.execute(statement)
    ]
