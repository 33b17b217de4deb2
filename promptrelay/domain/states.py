"""The states of runs, jobs and attempts; drawn in `ops/states.md`."""

from __future__ import annotations

from enum import StrEnum


class RunState(StrEnum):
    """One execution of a campaign."""

    LOADING = "loading"
    """Its jobs are being written; nothing of it is sent yet."""
    RUNNING = "running"
    """Its due jobs are sent."""
    PAUSED = "paused"
    """Nothing new is sent; what was sent is collected."""
    STOPPED_BUDGET = "stopped_budget"
    """The next job does not fit under a cap; raising the cap resumes it."""
    FINISHED = "finished"
    """Every job is terminal and no attempt is open or late."""
    CANCELLED = "cancelled"
    """Nothing new is ever sent; what was sent is still collected."""


class JobState(StrEnum):
    """One wanted answer."""

    QUEUED = "queued"
    """Waiting for its turn; due once `due_at` has passed."""
    CLAIMED = "claimed"
    """In a message on its way to a worker, under a lease."""
    IN_FLIGHT = "in_flight"
    """An attempt of it is open; nothing else of it may be sent."""
    DONE = "done"
    """It has its answer."""
    FAILED = "failed"
    """It gave up, with a reason."""
    CANCELLED = "cancelled"
    """Its run was cancelled before it was sent."""


class AttemptState(StrEnum):
    """One paid sending of a job."""

    SENDING = "sending"
    """Allowed to be sent until `send_by`; counts as unknown once that and the call's deadline passed."""
    SENT = "sent"
    """The provider has accepted it."""
    UNKNOWN = "unknown"
    """Bytes may have left and no reply told what became of them; never sent again while so."""
    WITHHELD = "withheld"
    """The provider keeps its answer back until the account's balance is positive."""
    SETTLED = "settled"
    """Its answer is stored and its money booked."""
    FAILED = "failed"
    """The provider said that it failed."""
    EXPIRED = "expired"
    """The provider gave it up after its 72 hours."""
    OVERDUE = "overdue"
    """Given up for its age or by the operator; the provider never said so: its advance stays held."""
    REJECTED = "rejected"
    """Never charged: not sent, or refused at a reported cost of exactly zero."""
    ABSENT = "absent"
    """Searched for and proven not to be with the provider."""
    LATE = "late"
    """Written off, yet found with the provider: collected beside the attempt that replaced it."""
    LOST = "lost"
    """A Live answer that nobody has any more."""


OPEN_ATTEMPT = (AttemptState.SENDING, AttemptState.SENT, AttemptState.UNKNOWN, AttemptState.WITHHELD)
"""The states in which a job has an attempt that may still be answered; at most one a job (P5)."""

WATCHED_ATTEMPT = (*OPEN_ATTEMPT, AttemptState.LATE)
"""A run is not finished while one of its attempts is in one of these (P11)."""

GOING_JOB = (JobState.QUEUED, JobState.CLAIMED, JobState.IN_FLIGHT)
TERMINAL_JOB = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)
UNFINISHED_RUN = (RunState.LOADING, RunState.RUNNING, RunState.PAUSED, RunState.STOPPED_BUDGET)


class Reason(StrEnum):
    """Why a job failed."""

    REFUSED = "refused"
    """The provider refuses this request; sending it again would change nothing."""
    FAILED = "failed"
    """The provider failed to answer it as often as may be paid for."""
    EXPIRED = "expired"
    """The provider did not answer it within its 72 hours, as often as may be paid for."""
    OVERDUE = "overdue"
    """The provider neither answered it nor said that it failed; its advance is still out."""
    LOST = "lost"
    """It was searched for and not found, as often as may be paid for."""
    QUARANTINED = "quarantined"
    """Workers died of it, again and again; `retry` lets it try once more."""
    LOST_LIVE = "lost_live"
    """Its Live answer may have been paid for and can never be fetched again."""
