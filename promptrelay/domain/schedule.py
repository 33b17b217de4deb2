"""The words of schedules: their states, and what they do when a time is missed or comes too soon."""

from __future__ import annotations

from enum import StrEnum


class ScheduleState(StrEnum):
    """Whether a schedule fires."""

    ACTIVE = "active"
    """It fires when it is due."""
    PAUSED = "paused"
    """It fires only by hand, and makes up for nothing when it is resumed; its reason says why."""
    ENDED = "ended"
    """It has no further time."""
    REMOVED = "removed"
    """Its history is kept and its name is free."""


class Misfire(StrEnum):
    """What is made up for when nobody was there to fire in time."""

    SKIP = "skip"
    """Nothing."""
    ONCE = "once"
    """The newest of the times that passed."""
    ALL = "all"
    """Each of the times that passed, at most so many of the newest."""


class Overlap(StrEnum):
    """What happens to a time while an earlier run of the schedule is unfinished."""

    SKIP = "skip"
    """It is left out."""
    QUEUE = "queue"
    """It waits for the end of the earlier run."""
    ALLOW = "allow"
    """Both go on at once."""


class FireOutcome(StrEnum):
    """What became of a time of a schedule."""

    FIRED = "fired"
    """It has a run."""
    SKIPPED = "skipped"
    """It was left out, for its reason."""
    MISSED = "missed"
    """Nobody was there, and the misfire policy does not make up for it."""
    QUEUED = "queued"
    """It gets a run when the earlier ones are finished."""
