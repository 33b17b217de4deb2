"""When a run is over for whoever waits for it, and with what exit code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from promptrelay.books.progress import Progress
from promptrelay.database.runs.pausing import is_operators
from promptrelay.domain.clock import Clock
from promptrelay.domain.search_terms import SearchTerms
from promptrelay.domain.states import WATCHED_ATTEMPT, AttemptState, JobState, RunState

DONE, FAILED, CAPPED, INCOMPLETE = 0, 1, 3, 4
_LONGEST_WAIT_S = 3600.0
_MOVING = (JobState.QUEUED, JobState.CLAIMED)
_ANSWERABLE = (AttemptState.SENDING, AttemptState.SENT, AttemptState.WITHHELD, AttemptState.LATE)


def is_over(now: Progress) -> bool:
    """Whether the run has ended or stopped.

    An operator's pause is waited out, and so is what a cancelled run has sent.
    """
    if now.state is RunState.PAUSED:
        return not is_operators(now.reason)
    if now.state is RunState.CANCELLED:
        return not any(now.attempts.get(state) for state in WATCHED_ATTEMPT)
    return now.state in (RunState.FINISHED, RunState.STOPPED_BUDGET)


def only_unknown_is_left(now: Progress) -> bool:
    """Whether nothing moves any more but attempts whose outcome nobody knows."""
    waiting = any(now.jobs.get(state) for state in _MOVING)
    answerable = any(now.attempts.get(state) for state in _ANSWERABLE)
    return not waiting and not answerable and bool(now.attempts.get(AttemptState.UNKNOWN))


@dataclass(slots=True)
class Patience:
    """How long to wait when only unknown outcomes are left: the search for them may still decide."""

    clock: Clock
    wait_s: float
    _since: float | None = None

    def is_over(self, now: Progress) -> bool:
        """Whether it has been so for that long without a break."""
        if not only_unknown_is_left(now):
            self._since = None
            return False
        self._since = self._since or self.clock.boottime()
        return self.clock.boottime() - self._since >= self.wait_s


def search_patience_s(terms: SearchTerms, *, buys_witness: bool = False) -> float:
    """How long a search may take to decide: as long as with a witness, or until none is needed (P14).

    The latter is a day by default, which nobody waits for: a later stack goes on with the search.
    """
    alone_s = terms.longest_alone_s
    with_one_s = terms.longest_bought_s if buys_witness else terms.longest_s
    return max(with_one_s, alone_s if alone_s <= _LONGEST_WAIT_S else 0.0)


def exit_code(receipt: Mapping[str, Any]) -> int:
    """0 done, 3 stopped by a cap, 4 cancelled or with failed jobs or unknown outcomes or charges, 1 else."""
    if receipt["state"] == RunState.STOPPED_BUDGET:
        return CAPPED
    if receipt["state"] == RunState.CANCELLED:
        return INCOMPLETE
    if receipt["jobs"].get(JobState.FAILED) or receipt["attempts"].get(AttemptState.UNKNOWN):
        return INCOMPLETE
    if receipt.get("unknown_money", {}).get("attempts"):
        return INCOMPLETE
    return DONE if receipt["state"] == RunState.FINISHED else FAILED
