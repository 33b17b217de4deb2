"""Once a minute: is the database as far as everybody else remembers (P30)?"""

from __future__ import annotations

import logging
from typing import Any

from celery import shared_task

from promptrelay.answers.errors import AnswerError
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.dataforseo.id_search import NeverStill
from workers.post_numbers import compare
from workers.restored.catch_up import catch_up
from workers.unknown.recover import ask_list

log = logging.getLogger(__name__)


@shared_task(bind=True, name="upkeep.numbers")
def numbers(self: Any) -> None:
    """Compare the numbers once, and catch up if need be; trouble waits for the next turn."""
    rooms = self.app.rooms
    try:
        compare(rooms)
        catch_up(rooms, lambda since, until, offset: ask_list(rooms, since, until, offset))
    except (AnswerError, ProviderError, NeverStill) as error:
        log.error("numbers.unreachable", extra={"why": str(error)})
