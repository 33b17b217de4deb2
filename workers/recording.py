"""Hands evidence to the database, again and again until it is written: it is never dropped (P7, P31).

What the database refuses for what it holds is left out of its batch, kept for a person and said.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

import sqlalchemy as sa
from sqlalchemy.exc import DataError, IntegrityError

from promptrelay.database.attempts.recording import Recorded, record
from promptrelay.database.errors import AWAY
from promptrelay.database.segments.compaction import outdate_manifests
from promptrelay.database.segments.segments import StoredSegment, insert_segments
from promptrelay.domain.evidence import Evidence, OutcomeUnknown
from workers.inbox import Inbox
from workers.rooms import Rooms
from workers.unread import keep_evidence

log = logging.getLogger(__name__)

_TRIES_ALONE = 2
"""How often to try before a copy is kept where it outlives this process."""
_WAITS_S = (0.1, 0.5, 1.0, 2.0, 5.0)
_REFUSED = (DataError, IntegrityError, OverflowError, UnicodeError)
"""The database is there and does not take the values; SQLite's driver raises the last two by itself."""


def keep(rooms: Rooms, evidence: Sequence[Evidence], segments: Sequence[StoredSegment] = ()) -> Recorded:
    """Record the evidence and book what follows; waits for a database that is away.

    A lost reply to the commit is met by doing it again, which changes nothing. Of a batch that the database
    refuses, it takes what it can; what it does not is in `refused`, its attempts with an unknown outcome.
    """
    tries = refusals = 0
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
        except _REFUSED as error:
            refusals += 1
            if len(evidence) == 1 and refusals == 1:
                continue  # A row of somebody else's may have been in the way of a single one.
            if waiting is not None:
                inbox.remove(waiting)
            return _one_by_one(rooms, evidence, segments, error)
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


def _one_by_one(
    rooms: Rooms, evidence: Sequence[Evidence], segments: Sequence[StoredSegment], error: Exception
) -> Recorded:
    """Each by itself: what is wrong with one costs no other of its batch its place."""
    if len(evidence) == 1:
        return _set_aside(rooms, evidence[0], error)
    found = Recorded()
    for item in evidence:
        found += keep(rooms, [item], segments)
    return found


def _set_aside(rooms: Rooms, evidence: Evidence, error: Exception) -> Recorded:
    """Keep for a person what the database does not take; its attempt is searched for (P8)."""
    why = type(error).__name__
    log.error(
        "evidence.refused",
        extra={"attempt": evidence.attempt_id, "evidence": type(evidence).__name__, "kind": why},
    )
    keep_evidence(rooms, evidence, why)
    if type(evidence) is not OutcomeUnknown or evidence.cost is not None:
        keep(rooms, [OutcomeUnknown(attempt_id=evidence.attempt_id)])
    return Recorded(refused=(evidence.attempt_id,))


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
    if found.unknown_charges:
        log.error("charge.unknown", extra={"attempts": list(found.unknown_charges)})
    if found.off:
        log.warning("charge.differs", extra={"attempts": list(found.off)})
    return found
