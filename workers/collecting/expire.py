"""What happens to a task whose 72 hours are over (P20)."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from promptrelay.database.accounts import accounts
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.domain.evidence import Overdue, Withheld
from promptrelay.domain.money import ZERO, Usd
from workers.account_balance import recent_balance
from workers.collecting.look import Pending
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)


def is_over(rooms: Rooms, attempt: sa.RowMapping) -> bool:
    """Whether the provider's time and our grace after it have passed."""
    return bool(attempt["age_s"] >= rooms.pace.standard_deadline_s + rooms.pace.expiry_grace_s)


def close_or_wait(rooms: Rooms, attempt: sa.RowMapping, found: Pending) -> bool:
    """After a look that found nothing, and may be the last: overdue, or withheld by the account's balance.

    False: this look proves nothing, look again. The refund is booked on the provider's word alone, so the
    advance of an overdue attempt stays held.
    """
    balance = _balance(rooms)
    if balance is None or balance < ZERO:
        keep(rooms, [Withheld(attempt_id=attempt["id"], look_in_s=rooms.pace.poll_max_s)])
        return False
    if not found.plain:
        return False
    log.warning("attempt.overdue", extra={"attempt": attempt["id"]})
    keep(rooms, [Overdue(attempt_id=attempt["id"])])
    return True


def _balance(rooms: Rooms) -> Usd | None:
    """The balance as the provider has just said it, else unknown."""
    try:
        return recent_balance(rooms)
    except ProviderError:
        with rooms.database.read() as connection:
            account = accounts.find(connection, rooms.account)
        known = account["balance_nanos"] if account else None
        return Usd(known) if known is not None and known < 0 else None
