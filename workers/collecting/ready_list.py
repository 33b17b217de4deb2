"""The ready list as a way in: sweeps one platform, then fetches what is listed and ours (P12)."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from celery import shared_task

from promptrelay.broker import COLLECT, FETCH
from promptrelay.database.attempts import looks
from promptrelay.database.clock import carried_time
from promptrelay.dataforseo.errors import AllowanceUnavailable, ProviderError
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.dataforseo.policy import Call
from promptrelay.dataforseo.wire.rows import ReadyRow
from promptrelay.domain.evidence import Accepted, Failed
from promptrelay.domain.platform import Platform
from promptrelay.domain.tag import Tag
from workers.collecting.collected import Collected
from workers.collecting.deaths import taken_while_read
from workers.collecting.look import look
from workers.collecting.settle import settle
from workers.messages import pairs_of, platform_of
from workers.reactions import react
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)

ROWS_A_MESSAGE = 25
_OF_THE_LEASE = 1 / 3  # For starting looks; the rest is for the last one and for settling.


@shared_task(bind=True, name=COLLECT)
def collect(self: Any, platform: str) -> None:
    """Read the list of ready tasks once and hand out what is ours."""
    sweep(self.app.rooms, platform_of(platform))


@shared_task(bind=True, name=FETCH)
def fetch(self: Any, listed: list[tuple[str, str]]) -> None:
    """Fetch and settle these listed tasks."""
    fetch_listed(self.app.rooms, pairs_of(listed))


def sweep(rooms: Rooms, platform: Platform) -> None:
    """List, adopt what was not known to be accepted, and publish what is to be fetched."""
    try:
        if rooms.ready_allowance.take(wait_s=10) is None:
            return
        if rooms.allowance.take(Share.COLLECTING, wait_s=10) is None:
            return
        rows = rooms.client.list_ready(platform)
    except AllowanceUnavailable:
        return
    except ProviderError as error:
        react(rooms, getattr(error, "code", None), Call.GET)
        return
    rooms.passes("collect.after_list")
    ours = [(tag.attempt, row) for row in rows if (tag := Tag.of_ours(row.tag, rooms.deployment))]
    if len(ours) < len(rows):
        log.info("ready.foreign", extra={"platform": platform, "rows": len(rows) - len(ours)})
    _hand_out(rooms, platform, ours)


def _hand_out(rooms: Rooms, platform: Platform, ours: Sequence[tuple[str, ReadyRow]]) -> None:
    with rooms.database.read() as connection:
        known = looks.find_many(connection, {attempt_id for attempt_id, _ in ours})
        fetching = looks.being_fetched(connection, known.keys())
    pairs = [(key, row.provider_id) for key, row in ours if key in known and key not in fetching]
    if not pairs:
        return
    new = [Accepted(attempt_id=key, provider_id=provider_id) for key, provider_id in pairs]
    keep(rooms, [item for item in new if known[item.attempt_id]["provider_id"] != item.provider_id])
    with rooms.database.write() as connection:
        looks.listed(connection, [key for key, _ in pairs], lease_s=rooms.pace.look_lease_s)
    # An answer of which a worker died is read alone, so that it holds up no other.
    together = [pair for pair in pairs if not known[pair[0]]["deaths"]]
    for start in range(0, len(together), ROWS_A_MESSAGE):
        rooms.publisher.fetch(platform, together[start : start + ROWS_A_MESSAGE])
    for pair in pairs:
        if known[pair[0]]["deaths"]:
            rooms.publisher.fetch(platform, [pair])


def fetch_listed(rooms: Rooms, pairs: Sequence[tuple[str, str]]) -> None:
    """Fetch each listed task once, then settle all of them together."""
    with taken_while_read(rooms, [attempt_id for attempt_id, _ in pairs]):
        _fetch(rooms, pairs)


def _fetch(rooms: Rooms, pairs: Sequence[tuple[str, str]]) -> None:
    # What is read must be settled within its lease, else its worker would count as dead of it.
    enough_at = rooms.clock.boottime() + rooms.pace.look_lease_s * _OF_THE_LEASE
    with rooms.database.read() as connection:
        wanted = looks.to_fetch(connection, pairs)
        rows = looks.find_many(connection, {attempt_id for attempt_id, _ in pairs})
        time = carried_time(connection, rooms.clock)
    found = {}
    for attempt_id, provider_id in pairs:
        if rooms.ending.is_set() or rooms.clock.boottime() >= enough_at:
            break
        if provider_id in wanted and attempt_id in rows:
            found[attempt_id] = look(rooms, rows[attempt_id], provider_id, time)
    outcomes = list(found.values())
    left = [key for key, _ in pairs if not isinstance(found.get(key), Collected | Failed)]
    if left:
        with rooms.database.write() as connection:
            looks.release(connection, left)
    settle(
        rooms,
        [outcome for outcome in outcomes if isinstance(outcome, Collected)],
        [outcome for outcome in outcomes if isinstance(outcome, Failed)],
    )
