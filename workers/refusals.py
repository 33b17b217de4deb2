"""What a refusal in the reply to a paid call leads to, by the policy of its code (P8, P16)."""

from __future__ import annotations

import logging
from contextlib import suppress

from promptrelay.broker import BrokerUnreachable
from promptrelay.database import accounts, runs
from promptrelay.database.clock import moment
from promptrelay.dataforseo.matching import Rejected
from promptrelay.dataforseo.pausing_codes import why_account_pauses, why_run_pauses
from promptrelay.dataforseo.policy import Call, Policy, counts_as_try, pause_s, policy_for
from promptrelay.dataforseo.wire import Entry
from promptrelay.domain.account import Cause
from promptrelay.domain.account_limits import next_day
from promptrelay.domain.evidence import Evidence, OutcomeUnknown, Refused
from promptrelay.domain.money import ZERO
from promptrelay.domain.states import Reason, RunState
from workers.rooms import Rooms

log = logging.getLogger(__name__)

LIVE_TIMEOUT = 50401
_PROVIDERS_CLOCK_S = 60.0
"""A new UTC day may begin this much later by the provider's clock than by ours."""


def refusal(rooms: Rooms, attempt_id: str, entry: Entry | Rejected, call: Call) -> Evidence:
    """The evidence in a refusal; a code that nobody knows, or without a cost, proves nothing."""
    code = entry.code if isinstance(entry, Rejected) else entry.status_code
    cost = ZERO if isinstance(entry, Rejected) else entry.cost
    policy = policy_for(code, call=call)
    if cost is None or (policy is Policy.UNKNOWN and not cost):
        return OutcomeUnknown(attempt_id=attempt_id, status_code=code)
    final = policy is Policy.BAD_INPUT or code == LIVE_TIMEOUT
    return Refused(
        attempt_id=attempt_id,
        status_code=code,
        cost=cost,
        provider_id=None if isinstance(entry, Rejected) else entry.provider_id,
        counts=counts_as_try(code) and policy is not Policy.CONFIG_FATAL,
        retry_at=None if final else rooms.clock.now() + _wait_s(rooms, policy, code),
        reason=Reason.REFUSED if policy is Policy.BAD_INPUT else Reason.FAILED,
    )


def _wait_s(rooms: Rooms, policy: Policy, code: int | None) -> float:
    if policy is Policy.RATE:
        return pause_s(code)
    if policy is Policy.DUPLICATE_LIMIT:
        return pause_s(code) / rooms.pace.time_scale
    if policy is Policy.CONCURRENCY:
        return 1.0
    return rooms.pace.retry_wait_s


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
        resume_at = _resume_at(rooms, cause, moment(connection))
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
