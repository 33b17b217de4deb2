"""What a command does about a paused provider account: says why, waits or ends, and resumes it when asked.

While anything is in flight a command waits for it. After that it goes on waiting only for a pause that
ends by itself within a quarter of an hour: nobody watches a terminal until the next UTC day. It ends with
code 3 for a limit that somebody set (floor, daily cap, the provider's daily limit), else with code 1.
"""

from __future__ import annotations

from dataclasses import replace

from promptrelay.books.progress import Progress
from promptrelay.cli.errors import CommandFailed, StoppedAtLimit
from promptrelay.database.accounts import accounts
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.runs import runs
from promptrelay.database.runs.pausing import is_operators
from promptrelay.domain.account.pause import BY_OPERATOR, LIMITS, Cause
from promptrelay.domain.states import AttemptState, RunState

WAITED_FOR_S = 900.0
_WAITED_OUT = (None, Cause.OPERATOR, Cause.BEHIND)
_MOVING = (AttemptState.SENDING, AttemptState.SENT, AttemptState.LATE)


def resume(database: Database, account: str, run_id: str) -> None:
    """Running a command again is the user's word that the cause is gone; an operator's pause stays."""
    with database.write() as connection:
        run, standing = runs.find(connection, run_id), accounts.standing(connection, account)
        if run is not None and not is_operators(run["reason"]):
            runs.change_state(connection, run_id, RunState.RUNNING, expected=[RunState.PAUSED])
        if standing is not None and standing.cause not in _WAITED_OUT:
            accounts.resume(connection, account, cause=standing.cause)


def behind(database: Database, account: str) -> str | None:
    """What to tell a person while the database catches up with what was sent (P30); None: it does not."""
    with database.read() as connection:
        standing = accounts.standing(connection, account)
    return standing.reason if standing is not None and standing.cause is Cause.BEHIND else None


def as_held(database: Database, account: str, now: Progress) -> Progress:
    """The progress as it is while an operator holds the whole account: paused, with the reason."""
    if now.state is not RunState.RUNNING:
        return now
    with database.read() as connection:
        standing = accounts.standing(connection, account)
    if standing is None or standing.cause is not Cause.OPERATOR:
        return now
    return replace(now, state=RunState.PAUSED, reason=f"all sending is {BY_OPERATOR}")


def resuming(held: Progress) -> str:
    """The command that ends an operator's pause."""
    return f"promptrelay resume {held.run_id if is_operators(held.reason) else '--all'}"


def why_stuck(database: Database, account: str, now: Progress) -> CommandFailed | None:
    """What ends the command: nothing is sent and nothing is left to collect.

    None while something moves, and during what is waited out: an operator's pause, a catching up.
    """
    if any(now.attempts.get(state) for state in _MOVING):
        return None
    with database.read() as connection:
        standing = accounts.standing(connection, account)
        left_s = (standing.resume_at or float("inf")) - database_time(connection) if standing else 0.0
    if standing is None or standing.cause in _WAITED_OUT or left_s <= WAITED_FOR_S:
        return None
    kind = StoppedAtLimit if standing.cause in LIMITS else CommandFailed
    return kind(f"{standing.note}; then run the same command again")
