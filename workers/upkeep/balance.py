"""Asks for the balance now and then: also the probe that ends some of an account's pauses."""

from __future__ import annotations

from typing import Any

from celery import shared_task

from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.policy import Call
from workers.account_balance import read_balance
from workers.reactions import react
from workers.rooms import Rooms


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
