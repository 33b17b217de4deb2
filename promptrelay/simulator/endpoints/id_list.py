"""The list of all tasks of the account, for whoever has to find out what was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from promptrelay.simulator.call import Call, Reply
from promptrelay.simulator.clock import stamp
from promptrelay.simulator.envelope import Json, entry, envelope, number
from promptrelay.simulator.errors import Invalid, Refused
from promptrelay.simulator.provider import Provider
from promptrelay.simulator.rules.validation import tasks_of
from promptrelay.simulator.tasks import Task

_FIELDS = {"datetime_from", "datetime_to", "limit", "offset", "sort", "include_metadata"}


@dataclass(frozen=True, slots=True)
class _Query:
    start: float
    end: float
    limit: int
    offset: int
    newest_first: bool
    with_metadata: bool


def id_list(provider: Provider, call: Call) -> Reply:
    """Lists successful and uncompleted tasks posted in a window, once they are visible."""
    requests = tasks_of(call.body)
    if len(requests) != 1:
        raise Refused(40000)
    task_id = provider.ids.next(provider.now(), "0526")
    try:
        query = _query(requests[0])
    except Invalid as refusal:
        refused = entry(
            task_id, refusal.code, path=call.path, data=call.data | requests[0], detail=refusal.field
        )
        return Reply(envelope([refused]))
    rows = [_row(provider, task, query) for task in _page(provider, query)]
    listing = entry(task_id, 20000, path=call.path, data=call.data | requests[0], result=rows or None)
    return Reply(envelope([listing]))


def _query(request: Json) -> _Query:
    if request.keys() - _FIELDS:
        raise Invalid(40506, f"'{min(request.keys() - _FIELDS)}'")
    sort = request.get("sort", "desc")
    if sort not in ("asc", "desc"):
        raise Invalid(40501, "'sort'")
    return _Query(
        start=_moment(request, "datetime_from"),
        end=_moment(request, "datetime_to"),
        limit=_count(request, "limit", 1000, range(1, 1001)),
        offset=_count(request, "offset", 0, range(100_000_001)),
        newest_first=sort == "desc",
        with_metadata=request.get("include_metadata", False) is True,
    )


def _moment(request: Json, field: str) -> float:
    try:
        return datetime.strptime(request[field], "%Y-%m-%d %H:%M:%S %z").timestamp()
    except (KeyError, TypeError, ValueError) as error:
        raise Invalid(40501, f"'{field}'") from error


def _count(request: Json, field: str, default: int, allowed: range) -> int:
    value: Any = request.get(field, default)
    if not isinstance(value, int) or isinstance(value, bool) or value not in allowed:
        raise Invalid(40501, f"'{field}'")
    return value


def _page(provider: Provider, query: _Query) -> list[Task]:
    seen_until = provider.now() - provider.options.scaled_s(provider.options.id_list_lag_s)
    listed = [
        task
        # Times are shown in whole seconds, so a window reaches to the end of its last second.
        for task in provider.tasks.posted_between(query.start, min(seen_until, query.end + 1))
        if _shown(provider, task)
    ]
    if query.newest_first:
        listed.reverse()
    return listed[query.offset : query.offset + query.limit]


def _shown(provider: Provider, task: Task) -> bool:
    if task.method == "live" and not provider.options.live_in_id_list:
        return False
    return task.state in ("waiting", "done")


def _row(provider: Provider, task: Task, query: _Query) -> Json:
    endpoint = "task_post" if task.method == "standard" else "live"
    row: Json = {
        "id": task.id,
        "url": f"https://api.dataforseo.com/v3/ai_optimization/{task.platform}/llm_responses/{endpoint}",
        "datetime_posted": stamp(task.posted_at),
        "datetime_done": stamp(task.finished_at),
        "status": "ok" if task.state == "done" else "task in queue",
        "cost": number(_cost(provider, task)),
    }
    if query.with_metadata:
        own = {"api": "ai_optimization", "function": "llm_responses", "se": task.platform}
        row["metadata"] = own | task.request
    return row


def _cost(provider: Provider, task: Task) -> Any:
    if task.method == "standard" and not provider.options.id_list_cost_updated:
        return provider.options.standard_fee + provider.options.advance
    return task.net
