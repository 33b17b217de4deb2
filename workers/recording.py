"""Hands evidence to the database, again and again until it is written: it is never dropped (P7, P31)."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import sqlalchemy as sa

from promptrelay.database.attempts.recording import Recorded, record
from promptrelay.database.errors import AWAY
from promptrelay.database.segments.compaction import outdate_manifests
from promptrelay.database.segments.segments import StoredSegment, insert_segments
from promptrelay.domain.evidence import Evidence
from workers.inbox import Inbox
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_TRIES_ALONE = 2
"""How often to try before a copy is kept where it outlives this process."""
_WAITS_S = (0.1, 0.5, 1.0, 2.0, 5.0)


def keep(rooms: Rooms, evidence: Sequence[Evidence], segments: Sequence[StoredSegment] = ()) -> Recorded:
    """Record the evidence and book what follows; waits for a database that is away.

    A lost reply to the commit is met by doing it again, which changes nothing.
    """
    tries = 0
    inbox, waiting = Inbox(rooms.answers, rooms.account), None
    while True:
        try:
            with rooms.database.write() as connection:
                found = _write(connection, rooms, evidence, segments)
        except AWAY as error:
            tries += 1
            if tries == _TRIES_ALONE:
                waiting = inbox.put(evidence, segments)
            _wait(rooms, tries, error)
        else:
            if waiting is not None:
                inbox.remove(waiting)
            return found


def when_back(rooms: Rooms, write: Callable[[sa.Connection], object]) -> None:
    """Write this, if need be once the database is back: what a worker lets go is no death of it.

    A worker that is told to end waits no more and raises AWAY: then the lease lets go.
    """
    tries = 0
    while True:
        try:
            with rooms.database.write() as connection:
                write(connection)
        except AWAY as error:
            if rooms.ending.is_set():
                raise
            tries += 1
            _wait(rooms, tries, error)
        else:
            return


def _wait(rooms: Rooms, tries: int, error: Exception) -> None:
    wait_s = _WAITS_S[min(tries, len(_WAITS_S)) - 1]
    log.error("database.unreachable", extra={"waits_s": wait_s, "kind": type(error).__name__})
    rooms.clock.sleep(wait_s)


def _write(
    connection: sa.Connection,
    rooms: Rooms,
    evidence: Sequence[Evidence],
    segments: Sequence[StoredSegment],
) -> Recorded:
    insert_segments(connection, segments)
    found = record(connection, evidence, terms=rooms.terms, max_tries=rooms.pace.max_attempts)
    if segments:
        outdate_manifests(connection, {segment.run_id for segment in segments})
    if found.contested:
        log.error("task.contested", extra={"attempts": list(found.contested)})
    return found
