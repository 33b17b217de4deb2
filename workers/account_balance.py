"""The provider's word on our balance, kept in SQL for caps, floors and withheld answers."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.accounts import accounts
from promptrelay.database.clock import database_time
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.account.stopping import enough
from promptrelay.domain.money import ZERO, Usd
from workers.rooms import Rooms

_RECENT_S = 60.0


def recent_balance(rooms: Rooms) -> Usd | None:
    """A reading at most a minute old: many answers may need it, and it may be asked for 6 times a minute.

    None when it is not known. Raises ProviderError.
    """
    with rooms.database.read() as connection:
        standing = accounts.standing(connection, rooms.account)
        oldest = database_time(connection) - _RECENT_S
    if standing is not None and (standing.answered_at or 0.0) > oldest:
        return standing.balance
    return read_balance(rooms)


def read_balance(rooms: Rooms) -> Usd | None:
    """The balance now; None when the limit on asking leaves no turn. Raises ProviderError."""
    if rooms.user_data_allowance.take(wait_s=15) is None:
        return None
    if rooms.allowance.take(Share.COLLECTING, wait_s=15) is None:
        return None
    with rooms.database.read() as connection:
        before = accounts.standing(connection, rooms.account)
    found = rooms.client.user_data().balance
    booked_before = before.booked_since if before else ZERO
    with rooms.database.write() as connection:
        accounts.set_balance(connection, rooms.account, found, booked_before=booked_before)
        if found is not None:
            _set_goal(connection, rooms, found)
    return found


def _set_goal(connection: sa.Connection, rooms: Rooms, balance: Usd) -> None:
    """After a refusal for want of money: which balance ends the pause.

    If the provider refuses although it shows enough, only more than that counts, or an hour's patience.
    """
    standing = accounts.standing(connection, rooms.account)
    if standing is None or standing.cause is not Cause.FUNDS or standing.needed is not None:
        return
    least = enough(standing, standing.one)
    if balance < least:
        accounts.set_goal(connection, rooms.account, needed=least, resume_at=None)
    else:
        again_at = database_time(connection) + rooms.pace.probe_every_s
        accounts.set_goal(connection, rooms.account, needed=balance + standing.one, resume_at=again_at)
