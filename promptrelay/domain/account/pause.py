"""Why a provider account is paused, and what ends that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

BY_OPERATOR = "paused by the operator"


class Cause(StrEnum):
    """Why nothing new is sent for an account; what was sent is collected all the same."""

    OPERATOR = "operator"
    """Somebody paused it."""
    CREDENTIALS = "credentials"
    """The provider does not accept login and password."""
    ADDRESS = "address"
    """The provider does not let this machine in."""
    PROVIDER = "provider"
    """The provider has locked the account."""
    FUNDS = "funds"
    """The balance is negative, or too low for what was to be sent."""
    FLOOR = "floor"
    """The next job would take the balance below our own floor."""
    DAILY_LIMIT = "daily_limit"
    """The provider's limit for a UTC day is reached."""
    DAILY_CAP = "daily_cap"
    """Our own cap for a UTC day leaves no room."""
    BEHIND = "behind"
    """The database was restored from a copy that is older than what was sent since (P30)."""


class Until(Enum):
    """What ends a pause."""

    COMMAND = auto()
    """Nothing but a command."""
    ANSWER = auto()
    """The provider answers for the account again."""
    BALANCE = auto()
    """A reading of the balance is enough."""
    ROOM = auto()
    """There is room again under our own limit."""
    TIME = auto()
    """Its time has come; only then is it known whether the cause is gone."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a pause ends, also in words; every pause ends by `promptrelay resume --all` too."""

    until: Until
    words: str


ENDINGS: Mapping[Cause, Ending] = {
    Cause.OPERATOR: Ending(Until.COMMAND, "`promptrelay resume --all` lets it go on"),
    Cause.CREDENTIALS: Ending(
        Until.ANSWER,
        "it goes on once they are accepted: see PROMPTRELAY_API_LOGIN and PROMPTRELAY_API_PASSWORD",
    ),
    Cause.ADDRESS: Ending(Until.ANSWER, "it goes on once the address is on the provider's list"),
    Cause.PROVIDER: Ending(Until.TIME, "it is tried again every hour: see the provider's dashboard"),
    Cause.FUNDS: Ending(Until.BALANCE, "it goes on once the account is topped up"),
    Cause.FLOOR: Ending(
        Until.ROOM, "it goes on once there is room: top up, or lower PROMPTRELAY_BALANCE_FLOOR_USD"
    ),
    Cause.DAILY_LIMIT: Ending(Until.TIME, "it goes on with the next UTC day"),
    Cause.DAILY_CAP: Ending(
        Until.ROOM, "it goes on with the next UTC day, or a higher PROMPTRELAY_DAILY_CAP_USD"
    ),
    Cause.BEHIND: Ending(Until.COMMAND, "it goes on once everything that was sent since is found again"),
}
LIMITS = (Cause.FLOOR, Cause.DAILY_LIMIT, Cause.DAILY_CAP)
"""Causes that are a limit somebody set, rather than trouble."""
