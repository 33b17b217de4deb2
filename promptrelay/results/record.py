"""One line of the results, with names that other tools rely on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from promptrelay.dataforseo.wire.answer import Answer, answer_of
from promptrelay.dataforseo.wire.fields import as_mapping, as_text
from promptrelay.dataforseo.wire.text import load
from promptrelay.domain.money import Usd
from promptrelay.results.rows import Attempted, Delivery

__all__ = ["FIELDS", "Record", "make_record"]

_UNTOLD = "the provider did not say what it cost"

FIELDS = (
    *("job_id", "attempt_id", "provider_id", "row_id", "user_tag", "campaign", "run", "platform", "method"),
    *("model_requested", "model", "repeat", "prompt", "variables", "text", "reasoning", "citations"),
    *("fan_out_queries", "web_search_asked", "web_search", "input_tokens", "output_tokens"),
    *("reasoning_tokens", "fee", "money_spent", "refunded", "net", "status_code", "provider_datetime"),
    *("provider_time", "posted_at", "received_at", "settled_at"),
)
"""Every line has these keys, in this order."""

Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Said:
    """What a stored task object holds."""

    answer: Answer
    time: str | None


def make_record(delivery: Delivery, tried: Attempted | None, entry: bytes | None, *, campaign: str) -> Record:
    """The line of a row and a job, answered by that attempt with that task object, if there is one.

    Money is decimal strings in USD. A row that repeats an earlier one has the same answer and money of 0:
    the lines of a run add up to what its answers cost, but for charges that nobody knows: those are None.
    `note` is there only when there is something to say.
    """
    said = _read(entry)
    attempt: Mapping[str, Any] = tried.attempt if tried else {}
    record = {
        **_who(delivery, attempt, campaign),
        **_what(delivery, said),
        **_money(delivery, tried),
        "status_code": attempt.get("status_code") or delivery.job["status_code"],
        "provider_datetime": said.answer.datetime and _iso(said.answer.datetime.timestamp()),
        "provider_time": said.time,
        **{name: _iso(attempt.get(name)) for name in ("posted_at", "received_at", "settled_at")},
    }
    note = "; ".join(
        filter(None, (_UNTOLD if attempt.get("has_unknown_charge") else None, said.answer.oddity))
    )
    return {**{name: record[name] for name in FIELDS}, **({"note": note} if note else {})}


def _read(entry: bytes | None) -> _Said:
    task = as_mapping(load(entry)) if entry is not None else {}
    return _Said(answer_of(task) or Answer(), as_text(task.get("time")))


def _who(delivery: Delivery, attempt: Mapping[str, Any], campaign: str) -> Record:
    row, job = delivery.row, delivery.job
    return {
        "job_id": job["id"],
        "attempt_id": attempt.get("id"),
        "provider_id": attempt.get("provider_id"),
        "row_id": row["row_id"],
        "user_tag": row["user_tag"],
        "campaign": campaign,
        "run": job["run_id"],
        "platform": job["platform"],
        "method": job["method"],
        "model_requested": job["model"],
        "repeat": job["repeat"],
        "prompt": row["prompt"],
        "variables": row["variables"],
    }


def _what(delivery: Delivery, said: _Said) -> Record:
    answer, asked = said.answer, delivery.job["parameters"]
    return {
        "model": answer.model_name,
        "text": answer.text,
        "reasoning": list(answer.reasoning),
        "citations": [citation.model_dump() for citation in answer.citations],
        "fan_out_queries": list(answer.fan_out_queries),
        "web_search_asked": bool(asked.get("web_search") or asked.get("force_web_search")),
        "web_search": answer.web_search,
        "input_tokens": answer.input_tokens,
        "output_tokens": answer.output_tokens,
        "reasoning_tokens": answer.reasoning_tokens,
    }


def _money(delivery: Delivery, tried: Attempted | None) -> Record:
    fee = spent = refunded = net = 0
    if tried and delivery.is_first:
        money = tried.money
        fee, spent, refunded, net = money.fee, money.llm, money.refunded, money.net
        if tried.attempt["waste"]:
            # The ledger keeps a late twin's money in one account; the task still tells its parts apart.
            spent = (tried.task or {}).get("spent_nanos") or 0
            fee = money.waste - spent
        if tried.attempt["has_unknown_charge"]:
            return {"fee": str(Usd(fee)), "money_spent": None, "refunded": None, "net": None}
    amounts = {"fee": fee, "money_spent": spent, "refunded": refunded, "net": net}
    return {name: str(Usd(nanos)) for name, nanos in amounts.items()}


def _iso(seconds: float | None) -> str | None:
    """The time as ISO 8601 in UTC, to the millisecond."""
    if seconds is None:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
