"""What an HTTP response is worth: a reply to act on, or the reason why it is none."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

import requests

from promptrelay.dataforseo.errors import (
    AccountRefused,
    CredentialsRefused,
    OutcomeUnknown,
    Throttled,
    Unreadable,
)
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire.reply import NotAReply, Reply, read_reply

_ENVELOPES = (200, 401, 402, 404)
"""The HTTP statuses under which the provider's own envelope comes; 500 proves nothing (P8)."""
_BAD_CREDENTIALS = 40100


def of_paid_call(response: requests.Response) -> Reply:
    """The reply to a paid call if it is whole (P3, P8). Raises OutcomeUnknown."""
    if response.status_code not in _ENVELOPES:
        raise OutcomeUnknown(reason=f"HTTP {response.status_code}")
    try:
        reply = _reply(response)
    except NotAReply as error:
        raise OutcomeUnknown(reason=str(error)) from None
    if not reply.is_complete:
        raise OutcomeUnknown(
            reason=f"{len(reply.entries)} of {reply.tasks_count} tasks in the reply", reply=reply
        )
    if not reply.entries and not _refuses_all(reply):
        raise OutcomeUnknown(reason=f"code {reply.status_code} without tasks", reply=reply)
    return reply


def _refuses_all(reply: Reply) -> bool:
    return reply.status_code is not None and 40000 <= reply.status_code < 50000


def of_free_call(response: requests.Response) -> Reply:
    """The reply to a free call. Raises Unreadable, Throttled and AccountRefused for the call as a whole."""
    if response.status_code == 401:
        raise CredentialsRefused(code=_BAD_CREDENTIALS)
    if response.status_code not in _ENVELOPES:
        raise Unreadable(reason=f"HTTP {response.status_code}")
    try:
        reply = _reply(response)
    except NotAReply as error:
        raise Unreadable(reason=str(error)) from None
    if not reply.entries:
        raise_for_account(reply.status_code)
    if not reply.is_complete:
        raise Unreadable(reason=f"{len(reply.entries)} of {reply.tasks_count} tasks in the reply")
    return reply


def raise_for_account(code: int | None) -> None:
    """Raises Throttled or AccountRefused for a code that concerns every call of the account."""
    policy = policy_for(code, call=Call.GET)
    if code is not None and policy in (Policy.RATE, Policy.CONCURRENCY):
        raise Throttled(code=code)
    if policy is Policy.ACCOUNT_FATAL:
        raise CredentialsRefused(code=code) if code == _BAD_CREDENTIALS else AccountRefused(code=code)


def _reply(response: requests.Response) -> Reply:
    date = _epoch(response.headers.get("Date"))
    return read_reply(response.content, http_status=response.status_code, server_date=date)


def _epoch(date: str | None) -> float | None:
    try:
        return parsedate_to_datetime(date).timestamp() if date else None
    except ValueError:
        return None
