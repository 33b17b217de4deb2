"""Keeps the provider's lists of models in SQL, so that a plan can say what a model takes."""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task

from promptrelay.database.accounts import model_lists
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.dataforseo.policy import Call
from promptrelay.domain.platform import Platform
from workers.reactions import react
from workers.rooms import Rooms

log = logging.getLogger(__name__)


@shared_task(bind=True, name="upkeep.models")
def models(self: Any) -> None:
    """Read every platform's list; trouble with one waits for its next turn."""
    for platform in Platform:
        try:
            read_models(self.app.rooms, platform)
        except ProviderError as error:
            react(self.app.rooms, getattr(error, "code", None), Call.GET)


def read_models(rooms: Rooms, platform: Platform) -> None:
    """Keep the platform's list; nothing happens when the limits leave no turn. Raises ProviderError."""
    if rooms.allowance.take(Share.COLLECTING, wait_s=15) is None:
        return
    listed = rooms.client.list_models(platform)
    with rooms.database.write() as connection:
        model_lists.keep(connection, rooms.account, platform, listed)
    log.info("models.listed", extra={"platform": platform.value, "models": len(listed)})
