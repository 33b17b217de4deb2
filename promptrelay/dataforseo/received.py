"""What an HTTP response is worth: a reply to act on, or the reason why it is none."""

from __future__ import annotations

from email.utils import parsedate_to_datetime

from promptrelay.dataforseo.errors import (
    AccountRefused,
    CredentialsRefused,
    OutcomeUnknown,
    Throttled,
    Unreadable,
)
from promptrelay.dataforseo.http_reply import HttpReply
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.dataforseo.wire.reply import NotAReply, Reply, read_reply

_ENVELOPES = (200, 401, 402, 404)
"""The HTTP statuses under which the provider's own envelope comes; 500 proves nothing (P8)."""
_BAD_CREDENTIALS = 40100
_EARLIEST, _LATEST = 946_684_800.0, 4_102_444_800.0
"""The years from 2000 to 2099: a clock beyond them says nothing about the provider's time."""


def of_paid_call(http: HttpReply) -> Reply:
    """The reply to a paid call if it is whole (P3, P8). Raises OutcomeUnknown, with all that came."""
    if http.status not in _ENVELOPES:
        raise OutcomeUnknown(reason=f"HTTP {http.status}", body=http.body)
    try:
        reply = _reply(http)
    except NotAReply as error:
        raise OutcomeUnknown(reason=str(error), body=http.body) from None
    if not reply.is_complete:
        counts = f"{len(reply.entries)} of {reply.tasks_count} tasks in the reply"
        raise OutcomeUnknown(reason=counts, reply=reply, body=http.body)
    if not reply.entries and not _refuses_all(reply):
        reason = f"code {reply.status_code} without tasks"
        raise OutcomeUnknown(reason=reason, reply=reply, body=http.body)
    return reply


def _refuses_all(reply: Reply) -> bool:
    return reply.status_code is not None and 40000 <= reply.status_code < 50000


def of_free_call(http: HttpReply) -> Reply:
    """The reply to a free call. Raises Unreadable, Throttled and AccountRefused for the call as a whole."""
    if http.status == 401:
        raise CredentialsRefused(code=_BAD_CREDENTIALS)
    if http.status not in _ENVELOPES:
        raise Unreadable(reason=f"HTTP {http.status}")
    try:
        reply = _reply(http)
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


def _reply(http: HttpReply) -> Reply:
    return read_reply(http.body, http_status=http.status, server_date=_epoch(http.date))


def _epoch(date: str | None) -> float | None:
    """The moment of a `Date` header; None for none, and for what is no moment of this century."""
    try:
        moment = parsedate_to_datetime(date).timestamp() if date else None
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None  # The parser of the standard library raises each of them for some text.
    return moment if moment is not None and _EARLIEST <= moment < _LATEST else None
