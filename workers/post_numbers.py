"""Notices a database that went back in time, before it can pay for anything again (P30)."""

from __future__ import annotations

import logging

from promptrelay.answers.errors import AnswerError
from promptrelay.answers.post_numbers import remember
from promptrelay.database import upkeep
from promptrelay.database.accounts import post_numbers
from promptrelay.dataforseo.limits.post_numbers import NumbersUnavailable, NumberUsed
from workers.rooms import Rooms

log = logging.getLogger(__name__)


def compare(rooms: Rooms) -> bool:
    """Whether the database knows every paid call that is remembered; if not, nothing more is sent.

    Raises AnswerError and AllowanceUnavailable.
    """
    highest = rooms.posts.highest()
    with rooms.database.read() as connection:
        own = post_numbers.current(connection, rooms.account)
    if own < highest:
        fall_behind(rooms, highest)
        return False
    remember(rooms.answers, rooms.account, rooms.deployment, highest)
    return True


def highest_seen(rooms: Rooms) -> int:
    """The highest number that anybody remembers. Raises AllowanceUnavailable: then nothing is sent."""
    try:
        return rooms.posts.highest()
    except AnswerError as error:
        raise NumbersUnavailable(reason=str(error)) from None


def use(rooms: Rooms, number: int) -> None:
    """Use the number of a call that is about to be made. Raises SendRefused and AllowanceUnavailable."""
    try:
        rooms.posts.use(number)
    except NumberUsed as error:
        fall_behind(rooms, error.highest)
        raise


def fall_behind(rooms: Rooms, highest: int) -> None:
    """Stop sending for the account, and say once why and what to do."""
    with rooms.database.write() as connection:
        first = post_numbers.fall_behind(
            connection, rooms.account, highest=highest, look_after_s=rooms.pace.last_word_s
        )
        if first:
            upkeep.set_turn(connection, rooms.account, "upkeep.numbers", in_s=rooms.pace.last_word_s + 1.0)
    if first:
        log.error(
            "database.behind",
            extra={
                "account": rooms.account,
                "highest": highest,
                "cure": "nothing is sent until what is missing has been read from the provider",
            },
        )
