"""What dead workers left behind: evidence in the inbox, replies in the spool, Live answers without a row."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterator

from promptrelay.answers.errors import AnswerDamaged, AnswerMissing
from promptrelay.answers.layout import live_key
from promptrelay.database.attempts import looks, unknown
from promptrelay.domain.states import AttemptState
from workers.collecting.live_answer import answered_live, read_live, stored_live
from workers.collecting.settle import belongs
from workers.inbox import Inbox
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_WITHOUT_REPLY = (AttemptState.UNKNOWN, AttemptState.LOST)


def take_over(rooms: Rooms, *, lost_too: bool = True) -> int:
    """Record all that is left behind and say how many pieces that was.

    Trouble with the store waits for the next turn: whoever searches must then conclude nothing about Live
    calls. Raises StoreUnavailable.
    """
    handed = _empty_inbox(rooms)
    spooled = list(_drain_spool(rooms))
    states = _WITHOUT_REPLY if lost_too else _WITHOUT_REPLY[:1]
    with rooms.database.read() as connection:
        silent = unknown.live_in(connection, rooms.account, states, younger_than_s=_watched_s(rooms))
    return handed + _settle_live(rooms, {*spooled, *silent})


def _watched_s(rooms: Rooms) -> float:
    return rooms.pace.standard_deadline_s


def _empty_inbox(rooms: Rooms) -> int:
    inbox = Inbox(rooms.answers, rooms.account)
    handed = 0
    for item in inbox.waiting():
        keep(rooms, item.evidence, item.segments)
        inbox.remove(item.key)
        log.info("inbox.read", extra={"key": item.key})
        handed += 1
    return handed


def _drain_spool(rooms: Rooms) -> Iterator[str]:
    """The attempts whose replies this host had spooled; they are in the store now."""
    spooled = rooms.spool.keys()
    if spooled:
        rooms.spool.drain(rooms.answers)
    for key in spooled:
        yield key.rpartition("/")[2].partition(".")[0]


def _settle_live(rooms: Rooms, attempt_ids: Collection[str]) -> int:
    """Settle those of the attempts that have an object, from that object."""
    with rooms.database.read() as connection:
        rows = looks.find_many(connection, attempt_ids)
    settled = 0
    for attempt_id, row in rows.items():
        key = live_key(rooms.account, attempt_id)
        try:
            body = rooms.answers.get(key)
            item, placement = read_live(key, row, body)
        except AnswerMissing:
            continue
        except AnswerDamaged:
            log.error("live.damaged", extra={"key": key})
            continue
        if belongs(rooms, item):
            keep(rooms, [answered_live(item, placement)], [stored_live(key, row, body)])
            log.info("live.found", extra={"attempt": attempt_id})
            settled += 1
    return settled
