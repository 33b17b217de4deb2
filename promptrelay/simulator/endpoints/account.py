"""The small endpoints: models, user data, status codes, and what concerns callbacks."""

from __future__ import annotations

import math
from datetime import datetime

from promptrelay.simulator import catalogue
from promptrelay.simulator.call import Call, Reply
from promptrelay.simulator.clock import stamp
from promptrelay.simulator.envelope import MESSAGES, Json, entry, envelope, number
from promptrelay.simulator.errors import Refused
from promptrelay.simulator.provider import Provider
from promptrelay.simulator.rules.validation import tasks_of
from promptrelay.simulator.tasks import Task

_ERRORS_KEPT_S = 7 * 86_400.0


def models(provider: Provider, call: Call) -> Reply:
    """Lists the platform's models with what they can do."""
    return _listing(provider, call, catalogue.rows(call.platform, provider.options))


def errors(provider: Provider, call: Call) -> Reply:
    """Lists the tasks that failed in the last seven days, the newest first; callbacks are never sent."""
    if not provider.options.errors_listed:
        raise Refused(40400, 404)
    asked = tasks_of(call.body)[0]
    since = provider.now() - provider.options.scaled_s(_ERRORS_KEPT_S)
    start, end = (_moment(asked.get(name)) for name in ("datetime_from", "datetime_to"))
    failed = [
        task
        for task in provider.tasks.all
        if task.state in ("failed", "expired")
        and max(since, start or since) <= (task.finished_at or 0.0) <= (math.inf if end is None else end + 1)
    ]
    wanted = asked.get("filtered_function")
    rows = [_failed(task) for task in reversed(failed)]
    shown = [row for row in rows if wanted in (None, row["function"])]
    offset = asked.get("offset", 0)
    return _listing(provider, call, shown[offset : offset + asked.get("limit", 1000)])


def _moment(written: str | None) -> float | None:
    return None if written is None else datetime.strptime(written, "%Y-%m-%d %H:%M:%S %z").timestamp()


def _failed(task: Task) -> Json:
    endpoint = "task_post" if task.method == "standard" else "live"
    return {
        "id": task.id,
        "datetime": stamp(task.finished_at),
        "function": f"ai_optimization/{task.platform}/llm_responses/{endpoint}",
        "error_code": task.code,
        "error_message": MESSAGES.get(task.code, "Unknown."),
    }


def codes(provider: Provider, call: Call) -> Reply:
    """Lists every status code with its words."""
    return _listing(provider, call, [{"code": code, "message": MESSAGES[code]} for code in sorted(MESSAGES)])


def user_data(provider: Provider, call: Call) -> Reply:
    """Shows the balance, what was ever paid in, and the rates."""
    books, options = provider.books, provider.options
    spent = provider.account.spent_until(provider.now())
    account = {
        "login": options.login,
        "timezone": "Europe/London",
        "rates": {"limits": {"minute": {"total": options.calls_per_minute}}},
        "money": {
            "total": number(books.start + books.topups),
            "balance": number(books.balance),
            "limits": {"day": {"total": number(options.daily_cost_limit) or None}},
            "statistics": {"day": {"total": number(spent), "value": provider.account.day}},
        },
    }
    return _listing(provider, call, [account])


def webhook_resend(provider: Provider, call: Call) -> Reply:
    """Takes up to 100 ids whose callbacks are to be sent again."""
    rows = []
    for place, request in enumerate(tasks_of(call.body)):
        known = provider.tasks.get(str(request.get("id"))) is not None
        code = 40006 if place >= 100 else 20100 if known else 40401
        task_id = str(request.get("id"))
        rows.append(entry(task_id, code, path=call.path, data={"api": "ai_optimization"}))
    return Reply(envelope(rows))


def _listing(provider: Provider, call: Call, rows: list[Json]) -> Reply:
    task_id = provider.ids.next(provider.now(), "0616")
    return Reply(envelope([entry(task_id, 20000, path=call.path, data=call.data, result=rows or None)]))
