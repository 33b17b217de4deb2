"""The poll as a way in: one Celery task an attempt, retried until the answer is there or its time is over."""

from __future__ import annotations

import logging
import random
from typing import Any

import sqlalchemy as sa
from celery import shared_task
from celery.exceptions import Retry

from promptrelay.broker import GET
from promptrelay.database.attempts import looks
from promptrelay.database.clock import carried_time
from promptrelay.domain.clock import CarriedTime
from promptrelay.domain.evidence import Failed
from promptrelay.domain.states import AttemptState
from workers.collecting.collected import Collected
from workers.collecting.deaths import taken_while_read
from workers.collecting.expire import close, close_or_wait, is_over, is_unreadable, is_withheld
from workers.collecting.look import LookResult, Pending, look
from workers.collecting.settle import settle
from workers.messages import id_of
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_GROWTH = 1.6
_WAITING = (AttemptState.SENT, AttemptState.LATE, AttemptState.WITHHELD, AttemptState.SETTLED)


class LookAgain(Retry):
    """Ends this look; the dispatcher sends the next one when it is due, under the same id.

    Nothing is published: only the row in SQL waits. Shown as RETRY in log, events and Flower.
    """

    def __init__(self, looks_so_far: int, wait_s: float) -> None:
        super().__init__(f"look {looks_so_far} found nothing yet; next in {wait_s:.0f} s", when=wait_s)
        self.text = self.message

    def __repr__(self) -> str:
        return f"LookAgain({self.message})"

    __str__ = __repr__


@shared_task(bind=True, name=GET)
def get(self: Any, attempt_id: str) -> None:
    """Look at one attempt; ends with RETRY while there is no answer."""
    poll(self.app.rooms, id_of(attempt_id))


def poll(rooms: Rooms, attempt_id: str) -> None:
    """Look, and settle what is found; raises LookAgain when nothing is."""
    with rooms.database.read() as connection:
        attempt = looks.find(connection, attempt_id)
        provider_id = looks.pending_task(connection, attempt_id)
        time = carried_time(connection, rooms.clock)
    if attempt is None or provider_id is None or attempt["state"] not in _WAITING:
        return
    if attempt["account"] != rooms.account:
        log.error("poll.of_another_account", extra={"attempt": attempt_id, "account": attempt["account"]})
        return  # Our credentials would be told that it does not exist; its own dispatcher asks again.
    if is_unreadable(rooms, attempt):
        close(rooms, attempt, attempt["look_code"])
        return
    with taken_while_read(rooms, [attempt_id]):
        wait_s = _look(rooms, attempt, provider_id, time)
    if wait_s is not None:
        raise LookAgain(attempt["looks"] + 1, wait_s)


def _look(rooms: Rooms, attempt: sa.RowMapping, provider_id: str, time: CarriedTime) -> float | None:
    """Settle what is found; else in how many seconds to look again."""
    outcome: LookResult = look(rooms, attempt, provider_id, time)
    if isinstance(outcome, Collected):
        settle(rooms, [outcome])
    elif isinstance(outcome, Failed):
        keep(rooms, [outcome])
    elif not _ends(rooms, attempt, outcome):
        wait_s = _wait_s(rooms, attempt)
        if outcome.ends and is_over(rooms, attempt):
            wait_s = min(wait_s, rooms.pace.unchanged_s)  # P20: an hour of looks is its end.
        with rooms.database.write() as connection:
            looks.next_look(connection, attempt["id"], due_at_s=wait_s)
        return wait_s
    return None


def _ends(rooms: Rooms, attempt: sa.RowMapping, found: Pending) -> bool:
    """Whether this was the last look; an answer that is not there may be kept back at any time (P20)."""
    if is_over(rooms, attempt):
        return close_or_wait(rooms, attempt, found)
    if found.is_hollow:
        is_withheld(rooms, attempt)
    return False


def _wait_s(rooms: Rooms, attempt: sa.RowMapping) -> float:
    """Growing and jittered from what is usual for the model; a look falls on the end of its time."""
    with rooms.database.read() as connection:
        usual_s = looks.usual_latency_s(connection, attempt["account"], attempt["platform"], attempt["model"])
    first_s = min(rooms.pace.poll_first_s, usual_s or rooms.pace.poll_first_s)
    grown_s = min(rooms.pace.poll_max_s, max(first_s, 1.0) * _GROWTH ** attempt["looks"])
    wait_s = grown_s * random.uniform(0.9, 1.1)
    left_s = rooms.pace.standard_deadline_s + rooms.pace.expiry_grace_s - attempt["age_s"]
    return float(min(wait_s, left_s + 1.0) if left_s > 0 else wait_s)
