"""What a status code means beyond the task that got it: everybody waits, or account or run pause."""

from __future__ import annotations

import logging
from contextlib import suppress

from promptrelay.broker import BrokerUnreachable
from promptrelay.database.accounts import accounts
from promptrelay.database.clock import database_time
from promptrelay.database.runs import runs
from promptrelay.dataforseo.pausing_codes import why_account_pauses, why_run_pauses
from promptrelay.dataforseo.policy import Call, Policy, alarm_for, pause_s, policy_for
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.account.stopping import next_day
from promptrelay.domain.states import RunState
from workers.rooms import Rooms

log = logging.getLogger(__name__)

LIVE_TIMEOUT = 50401
_PROVIDERS_CLOCK_S = 60.0
"""A new UTC day may begin this much later by the provider's clock than by ours."""


def react(rooms: Rooms, code: int | None, call: Call, run_id: str | None = None) -> None:
    """What a code means beyond the task that got it: everybody waits, or account or run pause."""
    policy = policy_for(code, call=call)
    if code is None:
        return
    if policy is Policy.RATE:
        rooms.allowance.push_back(pause_s(code) / 4)
    elif policy is Policy.ACCOUNT_FATAL:
        pause_account(rooms, code)
    elif policy is Policy.CONFIG_FATAL and run_id is not None and call is not Call.GET:
        pause_run(rooms, code, run_id)
    alarm = alarm_for(code)
    if alarm:
        log.error("provider.alarm", extra={"code": code, "call": call.value, "cure": alarm})


def pause_run(rooms: Rooms, code: int, run_id: str) -> None:
    """Stop sending for the run and say why once; running it again lets it go on."""
    reason = why_run_pauses(code)
    with rooms.database.write() as connection:
        first = runs.change_state(
            connection, run_id, RunState.PAUSED, expected=[RunState.RUNNING], reason=reason
        )
    if first:
        log.error("run.paused", extra={"run": run_id, "code": code, "why": reason})


def pause_account(rooms: Rooms, code: int) -> None:
    """Stop sending for the account and say why once; `domain.account.ENDINGS` says how it goes on."""
    cause, reason = why_account_pauses(code)
    with rooms.database.write() as connection:
        resume_at = _resume_at(rooms, cause, database_time(connection))
        first = accounts.pause(connection, rooms.account, reason=reason, resume_at=resume_at, cause=cause)
    if not first:
        return
    log.error("account.paused", extra={"account": rooms.account, "cause": cause, "why": reason})
    if cause is Cause.FUNDS:
        # What is needed is known only with the balance at the time of the refusal.
        with suppress(BrokerUnreachable):
            rooms.publisher.upkeep("upkeep.balance")


def _resume_at(rooms: Rooms, cause: Cause, now: float) -> float | None:
    if cause is Cause.DAILY_LIMIT:
        return next_day(now) + _PROVIDERS_CLOCK_S
    return now + rooms.pace.probe_every_s if cause is Cause.PROVIDER else None
