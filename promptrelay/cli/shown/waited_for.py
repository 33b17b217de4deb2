"""What has no end yet, as `recover` shows it: unknown outcomes, and sendings that waiting will not end."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from producers.readable import duration
from promptrelay.database.attempts.unknown import Unknown
from promptrelay.database.attempts.waited_for import WaitedFor

_SHOWN = 5


def unknown_lines(found: Sequence[Unknown]) -> Iterator[str]:
    """How many there are, and what is known of the first of them."""
    yield f"{len(found)} outcomes of this run are unknown:"
    for item in found[:_SHOWN]:
        yield f"  {item.attempt_id}  {item.method}  sent {item.age_s:,.0f} s ago  {_known(item)}"
    if len(found) > _SHOWN:
        yield f"  and {len(found) - _SHOWN} more; --json names them all"


def _known(item: Unknown) -> str:
    if item.may_arrive:
        return "the provider may still take it"
    if not item.may_be_absent:
        return "not listed so far; the list may lag behind"
    if not item.searches:
        return (
            "not listed; nothing sent later is listed yet, which would prove that the list is complete: with "
            "nothing else to send, run or up buys a witness for that"
        )
    return f"not listed in {item.searches} complete looks"


def unknown_json(item: Unknown) -> dict[str, Any]:
    """One unknown outcome as other tools read it."""
    return {
        "attempt": item.attempt_id,
        "job": item.job_id,
        "method": item.method,
        "age_s": round(item.age_s, 1),
        "not_found": item.searches,
        "may_arrive": item.may_arrive,
        "may_be_absent": item.may_be_absent,
    }


def stuck_lines(found: Sequence[WaitedFor]) -> Iterator[str]:
    """A line for each code that the provider gives for them."""
    by_code: dict[int | None, list[WaitedFor]] = defaultdict(list)
    for item in found:
        by_code[item.code].append(item)
    for code, items in sorted(by_code.items(), key=lambda pair: pair[0] or 0):
        said = "nothing yet" if code is None else " ".join(filter(None, (str(code), items[0].message)))
        oldest = duration(max(item.age_s for item in items))
        yield f"{len(items):,} sendings are with the provider, which says {said}; the oldest is {oldest} old"


def stuck_json(item: WaitedFor) -> dict[str, Any]:
    """One sending that waiting will not end as other tools read it."""
    return {
        "attempt": item.attempt_id,
        "job": item.job_id,
        "state": item.state,
        "age_s": round(item.age_s, 1),
        "provider_code": item.code,
        "provider_message": item.message,
        "unchanged_s": None if item.unchanged_s is None else round(item.unchanged_s, 1),
    }
