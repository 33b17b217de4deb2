"""What a command does about a paused provider account: says why, waits or ends, and resumes it when asked.

While anything is in flight a command waits for it. After that it goes on waiting only for a pause that
ends by itself within a quarter of an hour: nobody watches a terminal until the next UTC day. It ends with
code 3 for a limit that somebody set (floor, daily cap, the provider's daily limit), else with code 1.
"""

from __future__ import annotations

from promptrelay.books.progress import Progress
from promptrelay.cli.errors import CommandFailed, StoppedAtLimit
from promptrelay.database import accounts, runs
from promptrelay.database.clock import moment
from promptrelay.database.database import Database
from promptrelay.domain.account import LIMITS, Cause
from promptrelay.domain.states import AttemptState, RunState

WAITED_FOR_S = 900.0
_MOVING = (AttemptState.SENDING, AttemptState.SENT, AttemptState.LATE)


def resume(database: Database, account: str, run_id: str) -> None:
    """Running a command again is the user's word that the cause is gone; an operator's pause stays."""
    with database.write() as connection:
        standing = accounts.standing(connection, account)
        if standing is not None and standing.cause not in (None, Cause.OPERATOR):
            accounts.resume(connection, account, cause=standing.cause)
        runs.change_state(connection, run_id, RunState.RUNNING, expected=[RunState.PAUSED])


def why_stuck(database: Database, account: str, now: Progress) -> CommandFailed | None:
    """What ends the command: nothing is sent and nothing is left to collect. None while something moves."""
    if any(now.attempts.get(state) for state in _MOVING):
        return None
    with database.read() as connection:
        standing = accounts.standing(connection, account)
        left_s = (standing.resume_at or float("inf")) - moment(connection) if standing else 0.0
    if standing is None or standing.cause is None or left_s <= WAITED_FOR_S:
        return None
    kind = StoppedAtLimit if standing.cause in LIMITS else CommandFailed
    return kind(f"{standing.note}; then run the same command again")
