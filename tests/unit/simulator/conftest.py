from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from promptrelay.simulator.call import Reply, read_call
from promptrelay.simulator.envelope import encoded
from promptrelay.simulator.errors import Refused
from promptrelay.simulator.http.app import HANDLERS
from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.provider import Provider

HOUR_S = 3600.0


class Caller:
    """Calls a provider's handlers directly, with a clock that the test moves."""

    def __init__(self, *settings: str) -> None:
        self.time = 1_760_000_000.0
        self.provider = Provider(SimulatorOptions.parse(settings), lambda: self.time)

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        self.provider.catch_up()
        call = read_call(method, f"/v3{path}", b"" if body is None else msgspec.json.encode(body))
        assert call is not None, path
        made = HANDLERS[call.endpoint](self.provider, call)
        reply = made if isinstance(made, Reply) else asyncio.run(_awaited(made))
        decoded: dict[str, Any] = msgspec.json.decode(encoded(reply.body))
        return decoded

    def post(self, *tasks: dict[str, Any], platform: str = "chat_gpt") -> list[dict[str, Any]]:
        path = f"/ai_optimization/{platform}/llm_responses/task_post"
        entries: list[dict[str, Any]] = self.call("POST", path, list(tasks))["tasks"]
        return entries

    def get(self, task_id: str, platform: str = "chat_gpt") -> dict[str, Any]:
        path = f"/ai_optimization/{platform}/llm_responses/task_get/{task_id}"
        entry: dict[str, Any] = self.call("GET", path)["tasks"][0]
        return entry

    def ready(self, platform: str = "chat_gpt") -> list[str]:
        listing = self.call("GET", f"/ai_optimization/{platform}/llm_responses/tasks_ready")["tasks"][0]
        return [row["id"] for row in listing["result"] or []]

    def id_list(self, **asked: object) -> list[dict[str, Any]]:
        window = {"datetime_from": "2025-01-01 00:00:00 +00:00", "datetime_to": "2027-01-01 00:00:00 +00:00"}
        entry = self.call("POST", "/ai_optimization/id_list", [{**window, **asked}])["tasks"][0]
        rows: list[dict[str, Any]] = entry["result"] or []
        return rows

    def refused(self, method: str, path: str, body: object = None) -> int:
        with pytest.raises(Refused) as refused:
            self.call(method, path, body)
        return refused.value.code


async def _awaited(made: Any) -> Reply:
    reply: Reply = await made
    return reply


@pytest.fixture
def caller() -> Callable[..., Caller]:
    return Caller


@pytest.fixture
def prompt() -> Callable[..., dict[str, Any]]:
    def build(**fields: object) -> dict[str, Any]:
        return {"user_prompt": "which one is best?", "model_name": "gpt-4o", **fields}

    return build
