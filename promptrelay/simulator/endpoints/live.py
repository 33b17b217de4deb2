"""The Live method: one call, one answer, charged whether or not the caller is still there."""

from __future__ import annotations

import asyncio
from decimal import Decimal

from promptrelay.simulator.answers.answers import answer
from promptrelay.simulator.call import Call, Reply
from promptrelay.simulator.envelope import Json, entry, envelope
from promptrelay.simulator.errors import Invalid, Refused
from promptrelay.simulator.limits import LiveSlots
from promptrelay.simulator.oddities import answered
from promptrelay.simulator.provider import Provider
from promptrelay.simulator.rules.validation import check, tasks_of
from promptrelay.simulator.tasks import Task


async def live(provider: Provider, call: Call) -> Reply:
    """Answers exactly one task; its entry carries the whole cost."""
    requests = tasks_of(call.body)
    if len(requests) != 1:
        raise Refused(40000)
    request = requests[0]
    provider.counters.tagged(request.get("tag"), "live")
    try:
        task = await _served(provider, call, request)
    except Invalid as refusal:
        task_id = provider.ids.next(provider.now(), "0612")
        refused = entry(task_id, refusal.code, path=call.path, data=call.data | request, detail=refusal.field)
        return Reply(envelope([refused]))
    framed = envelope([live_entry(provider, task)])
    framed["tasks"] = [answered(provider, framed["tasks"][0], paid=True)]
    return Reply(framed)


async def _served(provider: Provider, call: Call, request: Json) -> Task:
    options = provider.options
    model = check(call.platform, "live", request, options)
    if provider.books.balance < options.live_fee:
        if options.insufficient_funds == "http_402":
            raise Refused(40200, 402)
        raise Invalid(40210, "")
    provider.account.refuse_task(call, request, options.live_fee, options, provider.now())
    slots = provider.slots.setdefault(call.platform, LiveSlots())
    if not slots.enter(provider.now(), options.live_slots):
        raise Invalid(40209, "")
    task = provider.take(call.platform, "live", request, model)
    try:
        await asyncio.sleep(max(0.0, task.finish_at - provider.now()))
    finally:
        slots.leave(provider.now())
    if task.spent:
        provider.move(task, "fee", -options.live_fee)
    provider.end(task)
    return task


def live_entry(provider: Provider, task: Task) -> Json:
    """Builds the entry of an ended Live call; always the same for the same task."""
    path = ["v3", "ai_optimization", task.platform, "llm_responses", "live"]
    data = {"api": "ai_optimization", "function": "llm_responses", "se": task.platform} | task.request
    cost = provider.options.live_fee + task.spent if task.spent else Decimal(0)
    seconds = task.finish_at - task.posted_at
    built = entry(task.id, task.code, path=path, data=data, cost=cost, seconds=seconds)
    if task.code == 20000:
        options = provider.options
        built.update(answer(task, seed=options.seed, kb_max=options.answer_kb_max))
    return built
