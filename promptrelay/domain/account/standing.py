"""What a provider account may still spend, and whether it does, at one moment."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.domain.account.pause import ENDINGS, Cause
from promptrelay.domain.money import ZERO, Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountStanding:
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
    one: Usd = ZERO
    """The most that the next job of a running run sets aside."""
    floor: Usd | None = None
    daily_cap: Usd | None = None
    spent_today: Usd = ZERO

    @property
    def left(self) -> Usd | None:
        """What is on the account now, as far as we know."""
        return None if self.balance is None else self.balance - self.booked_since

    @property
    def room_today(self) -> Usd | None:
        """What may still be set aside under the daily cap; None without one."""
        if self.daily_cap is None:
            return None
        return self.daily_cap - self.spent_today - self.out

    @property
    def room_above_floor(self) -> Usd | None:
        """What may still be set aside above the balance floor; None without one."""
        if self.floor is None:
            return None
        # A floor under a balance that nobody knows cannot be kept.
        return ZERO if self.left is None else self.left - self.out - self.floor

    @property
    def room(self) -> Usd | None:
        """What may still be set aside under our own limits; None: as much as one likes."""
        rooms = [room for room in (self.room_above_floor, self.room_today) if room is not None]
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
        return most if room is None else max(0, min(most, room.nanos // max(1, one.nanos)))

    def _ending(self) -> str:
        assert self.cause is not None
        words = ENDINGS[self.cause].words
        return words if self.needed is None else f"{words} to ${self.needed}"
