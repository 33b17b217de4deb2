"""The admin's door: books, counters, tasks, faults. Nothing here counts as a call or needs a password."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from promptrelay.simulator.books import in_nanos, written
from promptrelay.simulator.endpoints.live import live_entry
from promptrelay.simulator.endpoints.standard import standard_entry
from promptrelay.simulator.envelope import Json, encoded
from promptrelay.simulator.provider import Provider
from promptrelay.simulator.tasks import Task

View = Callable[[Provider, Request], Json]
Change = Callable[[Provider, Json], Json]


def admin_routes(provider: Provider) -> list[Route]:
    """Gives the routes below /admin."""
    views = {"books": books, "counters": counters, "tasks": tasks, "options": options}
    changes = {"topup": top_up, "balance": set_balance, "faults": set_faults}
    return [
        *(Route(f"/admin/{name}", _shown(provider, view), methods=["GET"]) for name, view in views.items()),
        *(Route(f"/admin/{name}", _done(provider, do), methods=["POST"]) for name, do in changes.items()),
    ]


def books(provider: Provider, request: Request) -> Json:
    """Shows the totals and, unless `?tasks=0`, what each task moved."""
    summary = provider.books.summary()
    if request.query_params.get("tasks") != "0":
        summary["tasks"] = [_moved(task) for task in _slice(provider, request)]
    return summary


def counters(provider: Provider, request: Request) -> Json:
    """Shows calls, Live slots over time, what was asked per tag (unless `?tags=0`), and doubled jobs."""
    now = provider.now()
    shown = provider.counters.summary()
    shown["running_s"] = round(now - provider.started_at, 3)
    shown["live"] = {platform: slots.summary(now) for platform, slots in provider.slots.items()}
    shown["doubled_jobs"] = provider.doubles.found
    if request.query_params.get("tags") != "0":
        shown["tags"] = {tag: dict(counts) for tag, counts in provider.counters.tags.items()}
    return shown


def tasks(provider: Provider, request: Request) -> Json:
    """Shows tasks with their requests and, once ended, the entry that their caller gets or got."""
    rows = [_moved(task) | _details(provider, task) for task in _slice(provider, request)]
    return {"total": len(provider.tasks.all), "tasks": rows}


def options(provider: Provider, _request: Request) -> Json:
    """Shows the options in force."""
    shown = {name: str(getattr(provider.options, name)) for name in provider.options.__dataclass_fields__}
    return shown | {"faults": {key: str(rate) for key, rate in provider.options.faults.items()}}


def top_up(provider: Provider, body: Json) -> Json:
    """Pays `amount` in."""
    provider.books.top_up(_amount(body))
    return provider.books.summary()


def set_balance(provider: Provider, body: Json) -> Json:
    """Makes the balance `amount`."""
    provider.books.set_balance(_amount(body))
    return provider.books.summary()


def set_faults(provider: Provider, body: Json) -> Json:
    """Sets any options anew."""
    provider.change(body)
    return {"changed": sorted(body)}


def _amount(body: Json) -> Decimal:
    try:
        return Decimal(str(body["amount"]))
    except (KeyError, InvalidOperation) as error:
        raise ValueError("amount is missing or is no number") from error


def _slice(provider: Provider, request: Request) -> list[Task]:
    everything = provider.tasks.all
    offset = int(request.query_params.get("offset", 0))
    return everything[offset : offset + int(request.query_params.get("limit", len(everything)))]


def _moved(task: Task) -> Json:
    return {
        "tag": task.tag,
        "id": task.id,
        "platform": task.platform,
        "method": task.method,
        "state": task.state,
        "status_code": task.code if task.finished_at is not None else None,
        "collected": task.collected,
        "charges": [[charge.what, written(charge.amount)] for charge in task.charges],
        "net": written(task.net),
        "net_nano_rounded": written(-sum((in_nanos(c.amount) for c in task.charges), Decimal(0))),
    }


def _details(provider: Provider, task: Task) -> Json:
    entry: Any = None
    if task.finished_at is not None:
        entry = (live_entry if task.method == "live" else standard_entry)(provider, task)
    return {
        "posted_at": task.posted_at,
        "finished_at": task.finished_at,
        "request": task.request,
        "answer": entry,
    }


def _shown(provider: Provider, view: View) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        provider.catch_up()
        return Response(encoded(view(provider, request)), media_type="application/json")

    return endpoint


def _done(provider: Provider, change: Change) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        provider.catch_up()
        try:
            body = msgspec.json.decode(await request.body(), type=Json)
            return Response(encoded(change(provider, body)), media_type="application/json")
        except (ValueError, msgspec.MsgspecError) as error:
            return Response(encoded({"error": str(error)}), 400, media_type="application/json")

    return endpoint
