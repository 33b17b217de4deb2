"""What a command does about a provider account that is paused: says why, and resumes it when asked again."""

from __future__ import annotations

from promptrelay.books.progress import Progress
from promptrelay.database import accounts, runs
from promptrelay.database.database import Database
from promptrelay.database.post_numbers import BEHIND
from promptrelay.domain.states import AttemptState, RunState

_MOVING = (AttemptState.SENDING, AttemptState.SENT, AttemptState.LATE)


def resume(database: Database, account: str, run_id: str) -> None:
    """Running a command again is the user's word that the cause is gone."""
    with database.write() as connection:
        accounts.resume(connection, account)
        runs.change_state(connection, run_id, RunState.RUNNING, expected=[RunState.PAUSED])


def behind(database: Database, account: str) -> str | None:
    """What to tell a person while the database catches up with what was sent (P30); None: it does not."""
    with database.read() as connection:
        found = accounts.find(connection, account)
    return str(found["reason"]) if found is not None and found["state"] == BEHIND else None


def why_stuck(database: Database, account: str, now: Progress) -> str | None:
    """Why nothing is sent and nothing is left to collect; None while something moves."""
    if any(now.attempts.get(state) for state in _MOVING):
        return None
    with database.read() as connection:
        found = accounts.find(connection, account)
    # One that is behind catches up by itself.
    if found is None or found["state"] in ("ok", BEHIND):
        return None
    return f"account {account} is paused: {found['reason']}; mend that, then run the same command again"
