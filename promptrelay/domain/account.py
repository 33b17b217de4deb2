"""A provider account: what it may still spend, why it is paused, and when it goes on by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum, auto

from promptrelay.domain.money import ZERO, Usd

DAY_S = 86_400.0
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """An account at one moment; times by the database's clock."""

    name: str
    cause: Cause | None = None
    """None: it sends."""
    reason: str | None = None
    paused_at: float | None = None
    resume_at: float | None = None
    needed: Usd | None = None
    """The balance that ends a pause for want of it; None: not known yet."""
    balance: Usd | None = None
    """As the provider said last; None: it did not say."""
    answered_at: float | None = None
    """When the provider last answered for the account."""
    booked_since: Usd = ZERO
    """What was booked since the balance was asked for."""
    out: Usd = ZERO
    """Set aside for what is in flight."""
    floor: Usd | None = None
    daily_cap: Usd | None = None
    spent_today: Usd = ZERO

    @property
    def left(self) -> Usd | None:
        """What is on the account now, as far as we know."""
        return None if self.balance is None else self.balance - self.booked_since

    @property
    def room(self) -> Usd | None:
        """What may still be set aside under our own limits; None: as much as one likes."""
        rooms = [room for room in (_room_above_floor(self), _room_today(self)) if room is not None]
        return min(rooms, default=None)

    @property
    def note(self) -> str | None:
        """The pause in one line, with what ends it; None for an account that sends."""
        if self.cause is None:
            return None
        return f"account {self.name} is paused: {self.reason or 'no reason given'}; {self._ending()}"

    def fits(self, one: Usd, most: int) -> int:
        """How many jobs that set this aside have room, at most `most`; none while it is paused."""
        if self.cause is not None:
            return 0
        room = self.room
        return most if room is None else max(0, min(most, room.nanos // one.nanos))

    def _ending(self) -> str:
        assert self.cause is not None
        words = ENDINGS[self.cause].words
        return words if self.needed is None else f"{words} to ${self.needed}"


def limit_reached(standing: Standing, one: Usd, *, wanted: bool) -> tuple[Cause, str] | None:
    """Why an account that sends has to stop; `wanted`: there is a job that would set `one` aside."""
    if standing.balance is not None and standing.balance < ZERO:
        return (
            Cause.FUNDS,
            f"the balance is negative (${standing.balance}) and the provider keeps answers back",
        )
    if not wanted:
        return None
    aside = f"${standing.out} set aside for what is in flight" if standing.out else "nothing in flight"
    today, above_floor = _room_today(standing), _room_above_floor(standing)
    if today is not None and today < one:
        spent = f"${standing.spent_today} spent today, {aside}, ${one} for the next job"
        return Cause.DAILY_CAP, f"the daily cap of ${standing.daily_cap} leaves no room ({spent})"
    if above_floor is not None and standing.left is None:
        if standing.answered_at is None:
            return None  # It is about to be asked.
        unsaid = "the provider does not say the balance"
        return Cause.FLOOR, f"{unsaid}, so the floor of ${standing.floor} cannot be kept"
    if above_floor is not None and above_floor < one:
        left = f"${standing.left} left, {aside}, ${one} for the next job"
        return Cause.FLOOR, f"the balance floor of ${standing.floor} leaves no room ({left})"
    return None


def is_mended(standing: Standing, one: Usd, now: float) -> bool:
    """Whether the cause of its pause is gone, or may be and is tried."""
    if standing.cause is None:
        return False
    if standing.resume_at is not None and standing.resume_at <= now:
        return True
    answered = (standing.answered_at or 0.0) > (standing.paused_at or 0.0)
    until = ENDINGS[standing.cause].until
    if until is Until.ANSWER:
        return answered
    if until is Until.BALANCE:
        known = standing.balance is not None and standing.needed is not None
        return answered and known and standing.balance >= standing.needed  # type: ignore[operator]
    if until is Until.ROOM:
        # Room comes back in small pieces as answers are settled; going on for each would be a pause for each.
        return standing.room is None or standing.room >= max(one, Usd(standing.out.nanos // 4))
    return False


def enough(standing: Standing, one: Usd) -> Usd:
    """The balance from which on another job may be sent."""
    return max(standing.floor or ZERO, ZERO) + one


def next_day(now: float) -> float:
    """When the next UTC day begins."""
    return (now // DAY_S + 1) * DAY_S


def _room_today(standing: Standing) -> Usd | None:
    if standing.daily_cap is None:
        return None
    return standing.daily_cap - standing.spent_today - standing.out


def _room_above_floor(standing: Standing) -> Usd | None:
    if standing.floor is None:
        return None
    # A floor under a balance that nobody knows cannot be kept.
    return ZERO if standing.left is None else standing.left - standing.out - standing.floor
