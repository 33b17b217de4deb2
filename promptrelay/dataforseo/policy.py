"""What each status code of the provider means for us: one table, by the call that it answered."""

from __future__ import annotations

from enum import StrEnum


class Policy(StrEnum):
    """What to do about a status code."""

    OK = "ok"
    """It worked, and the result is in the reply."""
    CREATED = "created"
    """The task is accepted and charged; its answer comes later."""
    PENDING = "pending"
    """The provider has the task and is not done: look again, never send it again."""
    RETRY = "retry"
    """A fault that passes; a free call is repeated, a paid one only after a reported cost of zero."""
    RATE = "rate"
    """Too many calls in this minute: the whole account waits."""
    CONCURRENCY = "concurrency"
    """Too many calls at once: the platform hands out no slots for a while."""
    DUPLICATE_LIMIT = "duplicate_limit"
    """The account's own limit for equal tasks, by the hour or day: later it fits again."""
    BAD_INPUT = "bad_input"
    """The provider refuses this request; sending it unchanged changes nothing."""
    ACCOUNT_FATAL = "account_fatal"
    """Nothing of this account will work until a person has acted: pause the account, say why once."""
    CONFIG_FATAL = "config_fatal"
    """Nothing of this run will work as it is configured: pause the run, say why once."""
    FAILED = "failed"
    """The provider tried and failed; another try is a new charge."""
    EMPTY = "empty"
    """Done, and there is no text."""
    GONE = "gone"
    """The provider no longer has the task or its answer."""
    UNKNOWN = "unknown"
    """A code that we do not know for this call: hold what it is about and raise the alarm."""


class Call(StrEnum):
    """What was asked when the code came back."""

    POST = "post"
    """A paid task_post."""
    LIVE = "live"
    """A paid Live call."""
    GET = "get"
    """Any free call: task_get, tasks_ready, models, id_list, user_data."""


_EVERYWHERE = {
    20000: Policy.OK,
    40006: Policy.RETRY,  # The tasks after the hundredth; they fit into another chunk.
    40100: Policy.ACCOUNT_FATAL,
    40101: Policy.FAILED,
    40102: Policy.EMPTY,
    40103: Policy.FAILED,
    40104: Policy.ACCOUNT_FATAL,
    40200: Policy.ACCOUNT_FATAL,
    40201: Policy.ACCOUNT_FATAL,
    40202: Policy.RATE,
    40203: Policy.ACCOUNT_FATAL,  # The daily cost limit: until the next UTC day.
    40204: Policy.CONFIG_FATAL,
    40205: Policy.DUPLICATE_LIMIT,
    40206: Policy.DUPLICATE_LIMIT,
    40207: Policy.ACCOUNT_FATAL,
    40209: Policy.CONCURRENCY,
    40210: Policy.ACCOUNT_FATAL,
    40400: Policy.CONFIG_FATAL,
    40402: Policy.CONFIG_FATAL,
    40404: Policy.CONFIG_FATAL,  # The sandbox has nothing prepared for this endpoint.
    40501: Policy.BAD_INPUT,
    40502: Policy.BAD_INPUT,
    40503: Policy.BAD_INPUT,
    40506: Policy.BAD_INPUT,
    40601: Policy.PENDING,
    40602: Policy.PENDING,
    50000: Policy.RETRY,
    50001: Policy.RETRY,
    50100: Policy.BAD_INPUT,
    50301: Policy.RETRY,
    50302: Policy.RETRY,
    50303: Policy.RETRY,
    50304: Policy.RETRY,
}
_PAID = {20100: Policy.CREATED, 40000: Policy.BAD_INPUT}
_ONLY = {
    Call.POST: _PAID,
    Call.LIVE: {**_PAID, 50401: Policy.FAILED},
    Call.GET: {
        20100: Policy.PENDING,
        40001: Policy.CONFIG_FATAL,
        40002: Policy.CONFIG_FATAL,
        40003: Policy.CONFIG_FATAL,
        40004: Policy.CONFIG_FATAL,
        40401: Policy.GONE,
        40403: Policy.GONE,
    },
}

_ENDING = (Policy.RETRY, Policy.BAD_INPUT, Policy.CONFIG_FATAL, Policy.GONE, Policy.UNKNOWN)
WAITING = (20100, 40601, 40602)
"""The codes of a look at a task that the provider has and is not done with."""
MISPLACED = frozenset({40001, 40002, 40003, 40004})
"""The id is another client's, platform's, type's or function's: our books or credentials are wrong."""
_NEVER_TRIED = frozenset({40006, 40202, 40205, 40206, 40209, 50000, 50001, 50301, 50302, 50303, 50304})
_ALARMS = {
    50304: "the provider has switched this function off for now; it asks to contact its support",
}
_SECONDS = {40202: 60.0, 40205: 3600.0, 40206: 86400.0, 50303: 180.0, 50304: 900.0}


def policy_for(code: int | None, *, call: Call) -> Policy:
    """The policy for a code that answered this kind of call; UNKNOWN for one that is not in the table."""
    if code is None:
        return Policy.UNKNOWN
    return _ONLY[call].get(code) or _EVERYWHERE.get(code, Policy.UNKNOWN)


def ends_a_task(code: int | None) -> bool:
    """Whether a look's code for a task will not become an answer if it stays so long after its time (P20).

    Not a pending one, nor one that is about the account or the minute instead of the task.
    """
    return code is not None and policy_for(code, call=Call.GET) in _ENDING


def counts_as_try(code: int | None) -> bool:
    """Whether a refusal at cost 0 with this code uses up one of the job's paid attempts (P16)."""
    return code not in _NEVER_TRIED and policy_for(code, call=Call.POST) is not Policy.ACCOUNT_FATAL


def alarm_for(code: int | None) -> str | None:
    """What a person is to know about this code at once, though it may pass by itself; None for most codes."""
    return _ALARMS.get(code or 0)


def pause_s(code: int | None) -> float:
    """How many seconds to leave whatever got this code alone; 40203 ends with the UTC day instead."""
    return _SECONDS.get(code or 0, 5.0)
