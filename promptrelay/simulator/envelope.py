"""The frame around every reply, and the provider's words for its status codes."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

Json = dict[str, Any]
VERSION = "0.1.20260717"
MESSAGES = {
    20000: "Ok.",
    20100: "Task Created.",
    40000: "You can set only one task at a time.",
    40002: "This id is used by another search engine, check the Path.",
    40006: "You can set no more than 100 tasks at a time.",
    40100: "You are not authorized to access this resource.",
    40101: "Internal SE Server Error.",
    40102: "No Search Results.",
    40103: "Task execution failed, please try to resubmit the task.",
    40104: "The account is not verified.",
    40200: "Payment Required.",
    40201: "The account is blocked for unusual activity.",
    40202: "The rate-limit per minute has been exceeded.",
    40203: "The cost limit has been exceeded.",
    40204: "Access denied. A subscription is needed.",
    40205: "The duplicate task limit per hour has been exceeded.",
    40206: "The duplicate task limit per day has been exceeded.",
    40207: "Access denied. Your IP is not whitelisted.",
    40209: "Too many simultaneous queries.",
    40210: "Insufficient funds. Your account's balance is too low to complete this request.",
    40400: "Not Found.",
    40401: "Task Not Found.",
    40403: "Results Expired.",
    40501: "Invalid Field.",
    40502: "POST Data Is Empty.",
    40503: "POST Data Is Invalid.",
    40506: "Unknown Fields in POST Data.",
    40601: "Task Handed.",
    40602: "Task In Queue.",
    50000: "Internal Error.",
    50301: "3rd Party API Service Unavailable.",
    50303: "Update in Progress.",
    50304: "Function Temporarily Unavailable.",
    50401: "Internal Error - Timeout.",
}
_encoder = msgspec.json.Encoder(decimal_format="number")


def encoded(reply: object) -> bytes:
    """Writes a reply as JSON, decimals as numbers with every digit they have."""
    return _encoder.encode(reply)


def number(amount: Decimal) -> Decimal:
    """Gives an amount without trailing zeros and without an exponent."""
    return Decimal(format(amount.normalize(), "f")) if amount else Decimal(0)


def entry(
    task_id: str,
    code: int,
    *,
    path: list[str],
    data: Json,
    result: list[Json] | None = None,
    cost: Decimal = Decimal(0),
    detail: str = "",
    seconds: float = 0.0146,
) -> Json:
    """Builds one element of `tasks`; `result` is null where there is none."""
    message = MESSAGES.get(code, "Unknown.")
    return {
        "id": task_id,
        "status_code": code,
        "status_message": f"{message[:-1]}: {detail}." if detail else message,
        "time": f"{seconds:.4f} sec.",
        "cost": number(cost),
        "result_count": len(result or []),
        "path": path,
        "data": data,
        "result": result,
    }


def envelope(tasks: list[Json]) -> Json:
    """Frames the entries of a call that was taken; the frame costs what its entries cost."""
    return {
        "version": VERSION,
        "status_code": 20000,
        "status_message": MESSAGES[20000],
        "time": "0.0849 sec.",
        "cost": number(sum((task["cost"] for task in tasks), Decimal(0))),
        "tasks_count": len(tasks),
        "tasks_error": sum(task["status_code"] >= 40000 for task in tasks),
        "tasks": tasks,
    }


def refusal(code: int) -> Json:
    """Frames a call that was refused as a whole: no entries, no cost."""
    return {
        "version": VERSION,
        "status_code": code,
        "status_message": MESSAGES[code],
        "time": "0 sec.",
        "cost": 0,
        "tasks_count": 0,
        "tasks_error": 0,
        "tasks": None,
    }
