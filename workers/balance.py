"""Keeps the provider's word on our balance in SQL, for caps, floors and withheld answers."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from promptrelay.database import accounts
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.policy import Call
from promptrelay.dataforseo.rate_allowance import Share
from promptrelay.domain.money import Usd
from workers.refusals import react
from workers.rooms import Rooms


@shared_task(bind=True, name="upkeep.balance")
def balance(self: Any) -> None:
    """Ask the provider for the balance; trouble with that waits for the next turn."""
    try:
        read_balance(self.app.rooms)
    except ProviderError as error:
        react(self.app.rooms, getattr(error, "code", None), Call.GET)


def read_balance(rooms: Rooms) -> Usd | None:
    """The balance now; None when the limit on asking leaves no turn. Raises ProviderError."""
    if rooms.user_data_allowance.take(wait_s=15) is None:
        return None
    if rooms.allowance.take(Share.COLLECTING, wait_s=15) is None:
        return None
    found = rooms.client.user_data().balance
    if found is not None:
        with rooms.database.write() as connection:
            accounts.set_balance(connection, rooms.account, found)
    return found
