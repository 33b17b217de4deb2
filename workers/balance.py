"""Keeps the provider's word on our balance in SQL, for caps, floors and withheld answers."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from celery import shared_task

from promptrelay.database import accounts
from promptrelay.database.clock import moment
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.policy import Call
from promptrelay.dataforseo.rate_allowance import Share
from promptrelay.domain.account import Cause
from promptrelay.domain.account_limits import enough
from promptrelay.domain.money import ZERO, Usd
from workers.refusals import react
from workers.rooms import Rooms

_RECENT_S = 60.0


@shared_task(bind=True, name="upkeep.balance")
def balance(self: Any) -> None:
    """Ask the provider for the balance: also the probe that ends some of an account's pauses."""
    tend_balance(self.app.rooms)


def tend_balance(rooms: Rooms) -> None:
    """Ask for the balance; trouble with that waits for the next turn."""
    try:
        read_balance(rooms)
    except ProviderError as error:
        react(rooms, getattr(error, "code", None), Call.GET)


def recent_balance(rooms: Rooms) -> Usd | None:
    """A reading at most a minute old: many answers may need it, and it may be asked for 6 times a minute.

    None when it is not known. Raises ProviderError.
    """
    with rooms.database.read() as connection:
        standing = accounts.standing(connection, rooms.account)
        oldest = moment(connection) - _RECENT_S
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
        again_at = moment(connection) + rooms.pace.probe_every_s
        accounts.set_goal(connection, rooms.account, needed=balance + standing.one, resume_at=again_at)
