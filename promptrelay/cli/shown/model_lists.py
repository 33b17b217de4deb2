"""A list of models as people and as other tools read it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from producers.readable import duration
from promptrelay.domain.model import Model, ModelList

_MARKS = {True: "yes", False: "-", None: "?"}
_NAME_WIDTH = 34


def models_json(listed: ModelList, now: float) -> dict[str, Any]:
    """A list as other tools read it; `null` where the provider does not say."""
    seen = datetime.fromtimestamp(listed.seen_at, UTC).isoformat(timespec="seconds") if listed else None
    return {
        "seen_at": seen,
        "age_s": round(now - listed.seen_at) if listed else None,
        "models": [
            {
                "name": model.name,
                "reasoning": model.reasoning,
                "web_search": model.web_search,
                "task_post": model.task_post,
            }
            for model in listed.models
        ],
    }


def models_table(listed: ModelList, default: str, now: float) -> RenderableType:
    """A list as people read it, the default model marked."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    seen = f"seen {duration(max(0.0, now - listed.seen_at))} ago" if listed else "no list known"
    heading = Text.assemble((listed.platform, "bold cyan"), (f"  {seen}", "dim"))
    table.add_column(heading, min_width=_NAME_WIDTH)
    for name in ("reasons", "web search", "Standard"):
        table.add_column(name, justify="right")
    for model in listed.models:
        chosen = model.name == default
        marks = (_MARKS[flag] for flag in _flags(model))
        table.add_row(f"{model.name}{' *' if chosen else ''}", *marks, style="bold" if chosen else "")
    return Group(table, "")


def _flags(model: Model) -> tuple[bool | None, ...]:
    return model.reasoning, model.web_search, model.task_post
