"""The models the stand-in offers, and the dated name each short name stands for."""

from __future__ import annotations

from dataclasses import dataclass

from promptrelay.simulator.envelope import Json
from promptrelay.simulator.options import SimulatorOptions

PLATFORMS = ("chat_gpt", "claude", "gemini", "perplexity")
STANDARD_PLATFORMS = ("chat_gpt", "claude", "gemini")


@dataclass(frozen=True, slots=True)
class Model:
    """Describes one model by its short name, its dated name and what it can do."""

    name: str
    dated: str
    reasoning: bool
    web_search: bool
    standard: bool


def _model(line: str) -> Model:
    name, dated, flags = line.split()
    return Model(name, name if dated == "-" else f"{name}-{dated}", "r" in flags, "w" in flags, "t" in flags)


# A line is: name, date of the version it stands for, r reasoning, w web search, t task_post.
_LINES = {
    "chat_gpt": """
        o4-mini 2025-04-16 rwt
        o3-mini 2025-01-31 rt
        o1 2024-12-17 rt
        gpt-5 2025-08-07 rwt
        gpt-5-mini 2025-08-07 rwt
        gpt-5-nano 2025-08-07 rwt
        gpt-4.1 2025-04-14 wt
        gpt-4.1-mini 2025-04-14 wt
        gpt-4.1-nano 2025-04-14 t
        gpt-4o 2024-11-20 wt
        gpt-4o-mini 2024-07-18 wt
        gpt-3.5-turbo-1106 - t
    """,
    "claude": """
        claude-opus-4-8 20260401 rwt
        claude-sonnet-4-6 20260203 rwt
        claude-opus-4-5 20251101 rwt
        claude-sonnet-4-5 20250929 rwt
        claude-opus-4-0 20250514 rwt
        claude-sonnet-4-0 20250514 rwt
        claude-3-7-sonnet-latest 20250219 rwt
        claude-3-5-haiku-latest 20241022 wt
        claude-3-haiku-20240307 - t
    """,
    "gemini": """
        gemini-2.5-pro - rwt
        gemini-2.5-flash - rwt
        gemini-2.5-flash-lite - rwt
        gemini-2.0-flash 001 wt
        gemini-2.0-flash-lite 001 t
        gemini-1.5-pro 002 wt
    """,
    "perplexity": """
        sonar-reasoning-pro - rw
        sonar-pro - w
        sonar - w
    """,
}
# These short names do not stand before the date as they are written.
_DATED = {
    "claude-opus-4-0": "claude-opus-4-20250514",
    "claude-sonnet-4-0": "claude-sonnet-4-20250514",
    "claude-3-7-sonnet-latest": "claude-3-7-sonnet-20250219",
    "claude-3-5-haiku-latest": "claude-3-5-haiku-20241022",
}


def _catalogue(lines: str) -> dict[str, Model]:
    catalogue: dict[str, Model] = {}
    for line in lines.strip().splitlines():
        model = _model(line)
        dated = _DATED.get(model.name, model.dated)
        for name in (model.name, dated):
            catalogue[name] = Model(name, dated, model.reasoning, model.web_search, model.standard)
    return catalogue


MODELS = {platform: _catalogue(lines) for platform, lines in _LINES.items()}


def find(platform: str, name: object) -> Model | None:
    """Gives the model of that short or dated name, or None."""
    return MODELS[platform].get(name) if isinstance(name, str) else None


def takes_standard(platform: str, model: Model, options: SimulatorOptions) -> bool:
    """Says whether the model can be posted to now; the option `no_standard` takes that away."""
    without = {word.strip() for word in options.no_standard.split(",")}
    return model.standard and not without & {platform, model.name, model.dated}


def rows(platform: str, options: SimulatorOptions) -> list[Json]:
    """Lists the platform's models as the models endpoint does."""
    return [
        {
            "model_name": model.name,
            "reasoning": model.reasoning or options.all_models_reasoning,
            "web_search_supported": model.web_search,
            "task_post_supported": takes_standard(platform, model, options),
        }
        for model in MODELS[platform].values()
    ]
