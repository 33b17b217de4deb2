"""The small endpoints: models, user data, status codes, and what concerns callbacks."""

from __future__ import annotations

from promptrelay.simulator import catalogue
from promptrelay.simulator.call import Call, Reply
from promptrelay.simulator.envelope import MESSAGES, Json, entry, envelope, number
from promptrelay.simulator.provider import Provider
from promptrelay.simulator.rules.validation import tasks_of


def models(provider: Provider, call: Call) -> Reply:
    """Lists the platform's models with what they can do."""
    return _listing(provider, call, catalogue.rows(call.platform, provider.options))


def errors(provider: Provider, call: Call) -> Reply:
    """Lists failed callbacks: none, for none are sent."""
    tasks_of(call.body)
    return _listing(provider, call, [])


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
