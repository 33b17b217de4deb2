"""What a look brought other than an answer stands on the attempt, for people and for its end (P20)."""

from __future__ import annotations

import logging

import sqlalchemy as sa

from promptrelay.database.attempts import looks
from promptrelay.dataforseo.policy import MISPLACED, Call, Policy, policy_for
from promptrelay.domain.provider_message import without_request
from workers.rooms import Rooms

log = logging.getLogger(__name__)


def note_said(rooms: Rooms, attempt: sa.RowMapping, code: int | None, message: str | None) -> None:
    """Keep a code that is new for the attempt, with the provider's words for it; waiting needs no words."""
    if code is None:
        return
    if code in MISPLACED:
        facts = {"attempt": attempt["id"], "platform": attempt["platform"], "code": code}
        log.error("task.misplaced", extra=facts)
    if code == attempt["look_code"]:
        return
    waits = policy_for(code, call=Call.GET) is Policy.PENDING
    with rooms.database.write() as connection:
        words = None if waits else without_request(message, looks.texts_sent(connection, attempt["id"]))
        looks.note_said(connection, attempt["id"], code, words)
