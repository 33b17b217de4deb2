"""What came for a paid call and could not be read or recorded: kept whole, so that a person can look (P8)."""

from __future__ import annotations

import logging

import msgspec

from promptrelay.answers.errors import AnswerError, StoreUnavailable
from promptrelay.answers.layout import unread_key
from promptrelay.domain.evidence import Evidence
from workers.rooms import Rooms

log = logging.getLogger(__name__)

REPLY, EVIDENCE = "reply", "evidence"


def keep_reply(rooms: Rooms, attempt_id: str, body: bytes, why: str) -> None:
    """Keep the bytes of a reply under the first attempt of its call; without bytes there is nothing to keep.

    Raises nothing: what is known of the call is recorded all the same.
    """
    if body:
        _keep(rooms, unread_key(rooms.account, attempt_id, REPLY), body, why)


def keep_evidence(rooms: Rooms, evidence: Evidence, why: str) -> None:
    """Keep evidence that the database does not take. Raises nothing."""
    kind = type(evidence).__name__.lower()
    body = msgspec.json.encode(evidence)
    _keep(rooms, unread_key(rooms.account, evidence.attempt_id, f"{EVIDENCE}-{kind}"), body, why)


def _keep(rooms: Rooms, key: str, body: bytes, why: str) -> None:
    try:
        try:
            rooms.answers.put_new(key, body)
        except StoreUnavailable:
            rooms.spool.put(key, body)
    except AnswerError as error:
        log.error("unread.lost", extra={"key": key, "bytes": len(body), "kind": type(error).__name__})
    else:
        log.error("unread.kept", extra={"key": key, "bytes": len(body), "why": why})
