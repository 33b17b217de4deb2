"""When a run is over for whoever waits for it, and with what exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from promptrelay.books.progress import Progress
from promptrelay.domain.states import AttemptState, JobState, RunState

DONE, FAILED, CAPPED, INCOMPLETE = 0, 1, 3, 4
_STOPPED = (RunState.FINISHED, RunState.CANCELLED, RunState.STOPPED_BUDGET, RunState.PAUSED)
_MOVING = (JobState.QUEUED, JobState.CLAIMED)
_ANSWERABLE = (AttemptState.SENDING, AttemptState.SENT, AttemptState.WITHHELD, AttemptState.LATE)


def is_over(now: Progress) -> bool:
    """Whether waiting longer brings nothing: ended, stopped, or only unknown outcomes are left."""
    if now.state in _STOPPED:
        return True
    waiting = any(now.jobs.get(state) for state in _MOVING)
    answerable = any(now.attempts.get(state) for state in _ANSWERABLE)
    return not waiting and not answerable and bool(now.attempts.get(AttemptState.UNKNOWN))


def exit_code(receipt: Mapping[str, Any]) -> int:
    """0 done, 3 stopped by a cap, 4 with failed jobs or unknown outcomes, 1 for a run that is not over."""
    if receipt["state"] == RunState.STOPPED_BUDGET:
        return CAPPED
    if receipt["jobs"].get(JobState.FAILED) or receipt["attempts"].get(AttemptState.UNKNOWN):
        return INCOMPLETE
    return DONE if receipt["state"] == RunState.FINISHED else FAILED
