"""What a command does about a provider account that is paused: says why, and resumes it when asked again."""

from __future__ import annotations

from dataclasses import replace

from promptrelay.books.progress import Progress
from promptrelay.database import accounts, runs
from promptrelay.database.database import Database
from promptrelay.database.pausing import BY_OPERATOR, is_operators
from promptrelay.domain.states import AttemptState, RunState

_MOVING = (AttemptState.SENDING, AttemptState.SENT, AttemptState.LATE)


def resume(database: Database, account: str, run_id: str) -> None:
    """Running a command again is the user's word that the cause is gone; an operator's pause stays."""
    with database.write() as connection:
        run, found = runs.find(connection, run_id), accounts.find(connection, account)
        if run is not None and not is_operators(run["reason"]):
            runs.change_state(connection, run_id, RunState.RUNNING, expected=[RunState.PAUSED])
        if found is not None and not is_operators(found["reason"]):
            accounts.resume(connection, account)


def as_held(database: Database, account: str, now: Progress) -> Progress:
    """The progress as it is while an operator holds the whole account: paused, with the reason."""
    if now.state is not RunState.RUNNING:
        return now
    with database.read() as connection:
        found = accounts.find(connection, account)
    if found is None or found["state"] == "ok" or not is_operators(found["reason"]):
        return now
    return replace(now, state=RunState.PAUSED, reason=f"all sending is {BY_OPERATOR}")


def resuming(held: Progress) -> str:
    """The command that ends an operator's pause."""
    return f"promptrelay resume {held.run_id if is_operators(held.reason) else '--all'}"


def why_stuck(database: Database, account: str, now: Progress) -> str | None:
    """Why nothing is sent and nothing is left to collect; None while something moves.

    None also for an operator's pause, which is waited out.
    """
    if any(now.attempts.get(state) for state in _MOVING):
        return None
    with database.read() as connection:
        found = accounts.find(connection, account)
    if found is None or found["state"] == "ok" or is_operators(found["reason"]):
        return None
    return f"account {account} is paused: {found['reason']}; mend that, then run the same command again"
