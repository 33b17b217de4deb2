"""The answers in each platform's shape, drawn from the task's number: the same task answers the same."""

from __future__ import annotations

import random
from typing import Protocol

from promptrelay.simulator.answers.citations import cited_sections, claude_sections, gemini_sections, queries
from promptrelay.simulator.answers.texts import SENTENCES, THOUGHTS
from promptrelay.simulator.clock import stamp
from promptrelay.simulator.envelope import Json, number
from promptrelay.simulator.tasks import Task, source


class Sections(Protocol):
    """Cuts a text into the sections of a message."""

    def __call__(self, rng: random.Random, text: str, *, searched: bool) -> list[Json]:
        """Gives the sections; without a search their annotations are null."""


def answer(task: Task, *, seed: int, kb_max: float) -> Json:
    """Builds `result` of a finished task, and what stands beside it in the entry."""
    rng = source(seed + 2, task.number)
    searched = _searched(rng, task)
    text = _text(rng, task, kb_max)
    result = _figures(rng, task, searched=searched)
    message = {"type": "message", "sections": _SECTIONS[task.platform](rng, text, searched=searched)}
    thinks = task.reasons and task.platform != "perplexity" and rng.random() < 0.8
    result["items"] = [_thoughts(rng), message] if thinks else [message]
    asked = queries(rng, task.request["user_prompt"]) if searched and task.platform != "perplexity" else None
    if task.platform == "claude":
        # The provider puts Claude's beside the result, not into it.
        return {"result_count": 1, "result": [result], "fan_out_queries": asked}
    return {"result_count": 1, "result": [result | {"fan_out_queries": asked}]}


def _searched(rng: random.Random, task: Task) -> bool:
    wanted = task.platform == "perplexity" or bool(task.request.get("web_search"))
    return wanted and (bool(task.request.get("force_web_search")) or rng.random() < 0.9)


def _figures(rng: random.Random, task: Task, *, searched: bool) -> Json:
    figures: Json = {
        "model_name": task.model,
        "input_tokens": rng.randint(8, 16000) if searched else rng.randint(8, 800),
        "output_tokens": rng.randint(20, 4096),
        "reasoning_tokens": rng.randint(64, 2048) if task.reasons else 0,
        "web_search": searched,
        "money_spent": number(task.spent),
        "datetime": stamp(task.finish_at),
    }
    if task.platform == "perplexity":
        del figures["reasoning_tokens"]
    return figures


def _text(rng: random.Random, task: Task, kb_max: float) -> str:
    # Most answers are a few kB long and a few as long as allowed.
    room = min(kb_max, rng.lognormvariate(1.2, 0.8)) * 1000
    pieces = [f"About “{task.request['user_prompt']}”: "]
    room -= len(pieces[0].encode())
    while (piece := rng.choice(SENTENCES)) and (room := room - len(piece.encode())) > 0:
        pieces.append(piece)
    return "".join(pieces)


def _thoughts(rng: random.Random) -> Json:
    texts = rng.sample(THOUGHTS, rng.randint(1, 3))
    return {"type": "reasoning", "sections": [{"type": "summary_text", "text": text} for text in texts]}


_SECTIONS: dict[str, Sections] = {
    "chat_gpt": cited_sections,
    "claude": claude_sections,
    "gemini": gemini_sections,
    "perplexity": cited_sections,
}
