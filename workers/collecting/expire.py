"""What happens to a task whose 72 hours are over: every code has an end (P20)."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from promptrelay.database.accounts import accounts
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.domain.evidence import Gone, Overdue, Withheld
from promptrelay.domain.money import ZERO, Usd
from workers.account_balance import recent_balance
from workers.collecting.look import Pending
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_DAY_S = 86_400.0


def is_over(rooms: Rooms, attempt: sa.RowMapping) -> bool:
    """Whether the provider's time and our grace after it have passed."""
    return bool(attempt["age_s"] >= rooms.pace.standard_deadline_s + rooms.pace.expiry_grace_s)


def is_forgotten(rooms: Rooms, attempt: sa.RowMapping) -> bool:
    """Whether the provider keeps no answer for so long: the end of whatever is left."""
    return bool(attempt["age_s"] >= rooms.pace.kept_s)


def is_unreadable(rooms: Rooms, attempt: sa.RowMapping) -> bool:
    """Whether a day of looks after that has not ended it: workers die of its answer, or it is another's."""
    return bool(attempt["age_s"] >= rooms.pace.kept_s + _DAY_S / rooms.pace.time_scale)


def close_or_wait(rooms: Rooms, attempt: sa.RowMapping, found: Pending) -> bool:
    """After a look past its time that found nothing: close it with what the provider said of it.

    False: this look proves nothing, look again; while the balance lets no answer out it is withheld. A
    refund is booked on the provider's word alone, so the advance of a closed attempt stays held.
    """
    if is_forgotten(rooms, attempt):
        close(rooms, attempt, found.code)
        return True
    if is_withheld(rooms, attempt):
        return False
    if not found.plain and not _stays_so(rooms, attempt, found):
        return False
    close(rooms, attempt, found.code)
    return True


def is_withheld(rooms: Rooms, attempt: sa.RowMapping) -> bool:
    """Whether the account's balance may keep its answer back, which is then noted on it."""
    balance = _balance(rooms)
    if balance is not None and balance >= ZERO:
        return False
    keep(rooms, [Withheld(attempt_id=attempt["id"], look_in_s=rooms.pace.poll_max_s)])
    return True


def _stays_so(rooms: Rooms, attempt: sa.RowMapping, found: Pending) -> bool:
    """Whether the provider has spoken of the task, and for an hour has said the same."""
    same = found.ends and found.code == attempt["look_code"]
    return bool(same and attempt["unchanged_s"] >= rooms.pace.unchanged_s)


def close(rooms: Rooms, attempt: sa.RowMapping, code: int | None) -> None:
    """End it as expired if the provider no longer has it, else as overdue; later evidence still counts."""
    facts = {"attempt": attempt["id"], "code": code}
    if code is not None and policy_for(code, call=Call.GET) is Policy.GONE:
        log.warning("attempt.gone", extra=facts)
        wait_s = rooms.pace.retry_wait_s
        keep(rooms, [Gone(attempt_id=attempt["id"], status_code=code, retry_in_s=wait_s)])
    else:
        log.warning("attempt.overdue", extra=facts)
        keep(rooms, [Overdue(attempt_id=attempt["id"], status_code=code)])


def _balance(rooms: Rooms) -> Usd | None:
    """The balance as the provider has just said it, else unknown."""
    try:
        return recent_balance(rooms)
    except ProviderError:
        with rooms.database.read() as connection:
            account = accounts.find(connection, rooms.account)
        known = account["balance_nanos"] if account else None
        return Usd(known) if known is not None and known < 0 else None
