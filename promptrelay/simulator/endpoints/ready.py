"""The list of finished tasks that nobody has collected yet."""

from __future__ import annotations

from promptrelay.simulator.call import Call, Reply
from promptrelay.simulator.clock import stamp
from promptrelay.simulator.envelope import Json, entry, envelope
from promptrelay.simulator.provider import Provider
from promptrelay.simulator.tasks import Task


def tasks_ready(provider: Provider, call: Call) -> Reply:
    """Lists the platform's oldest uncollected tasks, at most 1,000; nothing while the balance is negative."""
    rows = [_row(task) for task in _listed(provider, call.platform)]
    listing = entry(
        provider.ids.next(provider.now(), "0617"), 20000, path=call.path, data=call.data, result=rows or None
    )
    return Reply(envelope([listing]))


def _listed(provider: Provider, platform: str) -> list[Task]:
    options = provider.options
    if provider.books.balance < 0 or not options.ready_lists:
        return []
    newest = provider.now() - options.scaled_s(options.ready_lag_s)
    oldest = provider.now() - options.scaled_s(options.ready_for_s)
    uncollected = provider.tasks.uncollected(platform)
    return [task for task in uncollected if oldest <= (task.finished_at or 0) <= newest][: options.ready_rows]


def _row(task: Task) -> Json:
    return {
        "id": task.id,
        "se": task.platform,
        "se_type": "llm_responses",
        "date_posted": stamp(task.posted_at),
        "tag": task.tag,
        "endpoint": f"/v3/ai_optimization/{task.platform}/llm_responses/task_get/{task.id}",
    }
