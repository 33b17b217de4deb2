"""What a refusal in the reply to a paid call proves, by the policy of its code (P8, P16)."""

from __future__ import annotations

from promptrelay.dataforseo.matching import Rejected
from promptrelay.dataforseo.policy import Call, Policy, counts_as_try, pause_s, policy_for
from promptrelay.dataforseo.wire.reply import Entry
from promptrelay.domain.evidence import Evidence, OutcomeUnknown, Refused
from promptrelay.domain.money import ZERO
from promptrelay.domain.states import Reason
from workers.rooms import Rooms

LIVE_TIMEOUT = 50401


def refusal(rooms: Rooms, attempt_id: str, entry: Entry | Rejected, call: Call) -> Evidence:
    """The evidence in a refusal; a code that nobody knows, or without a cost, proves nothing.

    An acceptance that names no task is no refusal: the provider has taken it, so it is searched for (P8).
    """
    code = entry.code if isinstance(entry, Rejected) else entry.status_code
    cost = ZERO if isinstance(entry, Rejected) else entry.cost
    policy = policy_for(code, call=call)
    accepted = isinstance(entry, Entry) and entry.accepted
    if accepted or cost is None or policy is Policy.UNKNOWN:
        return OutcomeUnknown(attempt_id=attempt_id, status_code=code, cost=cost or None)
    final = policy is Policy.BAD_INPUT or code == LIVE_TIMEOUT
    return Refused(
        attempt_id=attempt_id,
        status_code=code,
        cost=cost,
        provider_id=None if isinstance(entry, Rejected) else entry.provider_id,
        counts=counts_as_try(code) and policy is not Policy.CONFIG_FATAL,
        retry_in_s=None if final else _wait_s(rooms, policy, code),
        reason=Reason.REFUSED if policy is Policy.BAD_INPUT else Reason.FAILED,
    )


def _wait_s(rooms: Rooms, policy: Policy, code: int | None) -> float:
    """How long the provider wants the job left alone; its rates are counted in real minutes in every test."""
    if policy is Policy.RATE:
        return pause_s(code)
    if policy is Policy.CONCURRENCY:
        return 1.0
    own_s = rooms.pace.retry_wait_s
    if policy is Policy.DUPLICATE_LIMIT:
        return pause_s(code) / rooms.pace.time_scale
    return max(own_s, pause_s(code) / rooms.pace.time_scale) if policy is Policy.RETRY else own_s
