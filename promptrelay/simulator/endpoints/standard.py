"""The Standard method: posting tasks and getting their answers."""

from __future__ import annotations

from decimal import Decimal

from promptrelay.simulator.answers.answers import answer
from promptrelay.simulator.call import Call, Reply
from promptrelay.simulator.envelope import Json, entry, envelope
from promptrelay.simulator.errors import Invalid, Refused
from promptrelay.simulator.oddities import answered, posted
from promptrelay.simulator.provider import Provider
from promptrelay.simulator.rules.validation import check, tasks_of
from promptrelay.simulator.tasks import Task

_REFUSED_FREE = (50301, 50303, 50304, 40006)
_DATA = {"api": "ai_optimization", "function": "llm_responses"}


def task_post(provider: Provider, call: Call) -> Reply:
    """Takes up to 100 tasks; each gets its own entry, taken or refused, unless a fault drops it."""
    requests = tasks_of(call.body)
    # Refusing the whole call is only right while nothing of it has been taken.
    if provider.options.insufficient_funds == "http_402" and provider.books.balance < _price(provider):
        raise Refused(40200, 402)
    rows = []
    for place, request in enumerate(requests):
        row = _post_one(provider, call, request, place)
        if row["status_code"] != 20100 or not provider.strikes("entry_missing"):
            rows.append(row)
    if provider.options.reply_order == "shuffled":
        provider.dice.of("reply_order").shuffle(rows)
    framed = envelope(rows)
    framed["tasks"] = [posted(provider, row) for row in rows]
    return Reply(framed)


def _post_one(provider: Provider, call: Call, request: Json, place: int) -> Json:
    options = provider.options
    provider.counters.tagged(request.get("tag"), "task_post")
    price = _price(provider)
    try:
        if place >= options.tasks_per_post:
            raise Invalid(40006, "")
        model = check(call.platform, "standard", request, options)
        for code in _REFUSED_FREE:
            if provider.strikes(f"entry_{code}"):
                raise Invalid(code, "")
        if provider.books.balance < price:
            raise Invalid(40210, "")
        provider.account.refuse_task(call, request, price, options, provider.now())
    except Invalid as refusal:
        return _refused(provider, call, request, refusal)
    task = provider.take(call.platform, "standard", request, model)
    provider.move(task, "fee", -options.standard_fee)
    provider.move(task, "advance", -options.advance)
    return entry(task.id, 20100, path=call.path, data=call.data | request, cost=price)


def _price(provider: Provider) -> Decimal:
    return provider.options.standard_fee + provider.options.advance


def _refused(provider: Provider, call: Call, request: Json, refusal: Invalid) -> Json:
    options = provider.options
    echoed = request if options.payload_echoed_in_errors else {"tag": request.get("tag")}
    dropped = set() if options.tag_echoed_in_errors and "tag" in request else {"tag"}
    data = call.data | {key: value for key, value in echoed.items() if key not in dropped}
    task_id = provider.ids.next(provider.now())
    return entry(task_id, refusal.code, path=call.path, data=data, detail=refusal.field, seconds=0)


def task_get(provider: Provider, call: Call) -> Reply:
    """Gives a task's answer, or the code that says why there is none; getting a finished one collects it."""
    task = provider.tasks.get(call.task_id)
    options = provider.options
    provider.counters.tagged(task.tag if task else None, "task_get")
    if task is None or task.method != "standard":
        return _without_result(call, 40401)
    if task.platform != call.platform:
        return _without_result(call, 40002)
    if task.stuck:
        return _without_result(call, options.stuck_code, task, options.stuck_words)
    if task.state == "waiting":
        return _without_result(call, 40602, task)
    assert task.finished_at is not None
    if provider.now() - task.finished_at > options.scaled_s(options.kept_for_s):
        return _without_result(call, 40403, task)
    if task.state == "done" and provider.books.balance < 0:
        return _without_result(call, options.withheld_code, task)
    framed = envelope([standard_entry(provider, task)])
    shown = answered(provider, framed["tasks"][0], paid=False)
    framed["tasks"] = [shown]
    if shown["result"] or task.code != 20000:
        provider.tasks.collect(task)
    return Reply(framed)


def _without_result(call: Call, code: int, task: Task | None = None, words: str = "") -> Reply:
    data = call.data | (task.request if task else {})
    said = entry(call.task_id, code, path=call.path, data=data)
    return Reply(envelope([said | ({"status_message": words} if words else {})]))


def standard_entry(provider: Provider, task: Task) -> Json:
    """Builds the entry that task_get gives for an ended task; always the same for the same task."""
    options = provider.options
    path = ["v3", "ai_optimization", task.platform, "llm_responses", "task_get", task.id]
    cost = Decimal(0)
    if options.task_get_cost == "base_plus_spent" and task.state == "done":
        cost = options.standard_fee + task.spent + options.task_get_cost_off
    built = entry(
        task.id,
        task.code,
        path=path,
        data=_DATA | {"se": task.platform} | task.request,
        cost=cost,
        seconds=0.031,
    )
    if task.code == 20000:
        built.update(answer(task, seed=options.seed, kb_max=options.answer_kb_max))
    return built
