"""When a provider account has to stop, and when it may go on by itself."""

from __future__ import annotations

from promptrelay.domain.account.pause import ENDINGS, Cause, Until
from promptrelay.domain.account.standing import AccountStanding
from promptrelay.domain.money import ZERO, Usd

DAY_S = 86_400.0


def limit_reached(standing: AccountStanding, one: Usd, *, wanted: bool) -> tuple[Cause, str] | None:
    """Why an account that sends has to stop; `wanted`: there is a job that would set `one` aside."""
    if standing.balance is not None and standing.balance < ZERO:
        return (
            Cause.FUNDS,
            f"the balance is negative (${standing.balance}) and the provider keeps answers back",
        )
    if not wanted:
        return None
    aside = f"${standing.out} set aside for what is in flight" if standing.out else "nothing in flight"
    today, above_floor = standing.room_today, standing.room_above_floor
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


def is_mended(standing: AccountStanding, one: Usd, now: float) -> bool:
    """Whether the cause of its pause is gone, or may be and is tried."""
    if standing.cause is None:
        return False
    if standing.resume_at is not None and standing.resume_at <= now:
        return True
    until = ENDINGS[standing.cause].until
    if until is Until.ANSWER:
        return _has_answered(standing)
    if until is Until.BALANCE:
        return _has_answered(standing) and _is_enough(standing)
    if until is Until.ROOM:
        # Room comes back in small pieces as answers are settled; going on for each would be a pause for each.
        return standing.room is None or standing.room >= max(one, Usd(standing.out.nanos // 4))
    return False


def _has_answered(standing: AccountStanding) -> bool:
    """Whether the provider has answered for the account since it was paused."""
    return (standing.answered_at or 0.0) > (standing.paused_at or 0.0)


def _is_enough(standing: AccountStanding) -> bool:
    if standing.balance is None or standing.needed is None:
        return False
    return standing.balance >= standing.needed


def enough(standing: AccountStanding, one: Usd) -> Usd:
    """The balance from which on another job may be sent."""
    return max(standing.floor or ZERO, ZERO) + one


def next_day(now: float) -> float:
    """When the next UTC day begins."""
    return (now // DAY_S + 1) * DAY_S
