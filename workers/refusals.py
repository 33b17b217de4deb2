"""What a refusal in the reply to a paid call leads to, by the policy of its code (P8, P16)."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from promptrelay.database import accounts, runs
from promptrelay.dataforseo.matching import Rejected
from promptrelay.dataforseo.policy import Call, Policy, counts_as_try, pause_s, policy_for
from promptrelay.dataforseo.wire import Entry
from promptrelay.domain.evidence import Evidence, OutcomeUnknown, Refused
from promptrelay.domain.money import ZERO
from promptrelay.domain.states import Reason, RunState
from workers.rooms import Rooms

log = logging.getLogger(__name__)

DAILY_COST_LIMIT = 40203
LIVE_TIMEOUT = 50401


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
    if policy in (Policy.RATE, Policy.DUPLICATE_LIMIT):
        return pause_s(code)
    if policy is Policy.CONCURRENCY:
        return 1.0
    return rooms.pace.retry_wait_s


def react(rooms: Rooms, code: int | None, call: Call, run_id: str | None = None) -> None:
    """What a code means beyond the task that got it: everybody waits, or account or run pause."""
    policy = policy_for(code, call=call)
    if policy is Policy.RATE:
        rooms.allowance.push_back(pause_s(code) / 4)
    elif policy is Policy.ACCOUNT_FATAL:
        pause_account(rooms, code)
    elif policy is Policy.CONFIG_FATAL and run_id is not None and call is not Call.GET:
        with rooms.database.write() as connection:
            reason = f"the provider refuses it with {code}"
            runs.change_state(connection, run_id, RunState.PAUSED, expected=[RunState.RUNNING], reason=reason)


def pause_account(rooms: Rooms, code: int | None) -> None:
    """Stop sending for the account and say why once; a daily limit ends with the UTC day."""
    midnight = (datetime.now(UTC) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    resume_at = midnight.timestamp() if code == DAILY_COST_LIMIT else None
    reason = f"the provider refuses the account with {code}"
    with rooms.database.write() as connection:
        first = accounts.pause(connection, rooms.account, reason=reason, resume_at=resume_at)
    if first:
        log.error("account.paused", extra={"account": rooms.account, "code": code})
