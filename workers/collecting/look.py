"""One free look at a Standard task, and what it found: a closed set of outcomes."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.dataforseo.errors import AccountRefused, AllowanceUnavailable, ProviderError, Unreadable
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.dataforseo.policy import Call, Policy, ends_a_task, policy_for
from promptrelay.dataforseo.wire.reply import Entry
from promptrelay.domain.clock import CarriedTime
from promptrelay.domain.evidence import Failed
from promptrelay.domain.platform import Platform
from workers.collecting.collected import Collected
from workers.collecting.said import note_said
from workers.reactions import react
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_ALLOWANCE_WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Pending:
    """Nothing to fetch yet; `plain` if the provider said so with a pending code."""

    code: int | None = None
    plain: bool = False
    ends: bool = False
    """Whether the provider spoke of the task, and so that staying so it is its end (P20)."""
    is_hollow: bool = False
    """Whether it said that the task is done and gave no result."""


LookResult = Collected | Failed | Pending


def look(rooms: Rooms, attempt: sa.RowMapping, provider_id: str, time: CarriedTime) -> LookResult:
    """Ask the provider for this task; every trouble with the free call is a Pending.

    `time` is the database's: a worker's own may be wrong, and decides nothing (P27).
    """
    try:
        if rooms.allowance.take(Share.COLLECTING, wait_s=_ALLOWANCE_WAIT_S) is None:
            return Pending()
        reply = rooms.client.get_task(Platform(attempt["platform"]), provider_id)
        rooms.passes("collect.after_get")
    except Unreadable as error:
        react(rooms, error.code, Call.GET)
        return Pending(error.code)
    except AccountRefused as error:
        react(rooms, error.code, Call.GET)
        return Pending(error.code)
    except (AllowanceUnavailable, ProviderError):
        return Pending()
    if reply.only is None:
        react(rooms, reply.code, Call.GET)
        note_said(rooms, attempt, reply.code, reply.status_message)
        return Pending(reply.code, ends=ends_a_task(reply.code))
    found = _outcome(rooms, attempt, provider_id, reply.only, time.now(rooms.clock))
    if not isinstance(found, Collected):
        note_said(rooms, attempt, reply.only.status_code, reply.only.status_message)
    return found


def _outcome(rooms: Rooms, attempt: sa.RowMapping, provider_id: str, entry: Entry, now: float) -> LookResult:
    policy = policy_for(entry.status_code, call=Call.GET)
    if policy is Policy.OK and entry.result is None:
        # P20: an answer that is kept back may look just so; settled like this it could never be got back.
        log.warning("answer.hollow", extra={"attempt": attempt["id"], "provider_id": provider_id})
        return Pending(entry.status_code, is_hollow=True, ends=True)
    if policy in (Policy.OK, Policy.EMPTY) or (entry.status_code is None and entry.result is not None):
        return Collected(attempt, provider_id, entry, now)
    if policy is Policy.FAILED:
        return _failed(rooms, attempt, provider_id, entry, now)
    if policy is not Policy.ACCOUNT_FATAL:  # On a task it only says that this answer is withheld.
        react(rooms, entry.status_code, Call.GET)
    code = entry.status_code
    return Pending(code, plain=policy is Policy.PENDING, ends=ends_a_task(code))


def _failed(rooms: Rooms, attempt: sa.RowMapping, provider_id: str, entry: Entry, now: float) -> Failed:
    # Ours began before the provider's: what it gave up for its age is never younger by our count.
    return Failed(
        attempt_id=attempt["id"],
        provider_id=provider_id,
        status_code=entry.status_code or 0,
        cost=entry.cost or None,
        retry_in_s=rooms.pace.retry_wait_s,
        expired=now - attempt["created_at"] >= rooms.pace.standard_deadline_s,
    )
