"""Whether runs, jobs or attempts wait for the clock to move them on; asked before anything is written."""

from __future__ import annotations

from functools import cache

import sqlalchemy as sa

from promptrelay.database.attempts import claims, looks
from promptrelay.database.presence import any_row
from promptrelay.database.runs import cancelling, caps, runs
from promptrelay.database.schema import attempts, jobs
from promptrelay.database.schema import runs as runs_table


def is_due(connection: sa.Connection) -> bool:
    """Whether a lease has ended, a cancelled run has jobs left, or a run stops or is finished now."""
    return bool(connection.execute(_question()).scalar_one())


@cache
def _question() -> sa.Select[bool]:
    """Built once: that costs more than asking."""
    waits = sa.or_(
        any_row(attempts, looks.ended_in_hands()),
        any_row(jobs, claims.ended_lease()),
        any_row(runs_table, cancelling.has_unsent()),
        any_row(runs_table, caps.stuck()),
        any_row(runs_table, runs.over()),
    )
    return sa.select(waits)
