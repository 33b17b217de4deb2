"""The settings of a command, with what `--simulate` changes; children get them as environment."""

from __future__ import annotations

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from config.settings import Settings
from promptrelay.cli.errors import SettingsWrong
from promptrelay.dataforseo.requests.rules import RequestRules

_NAME_RULE = "has to be 1 to 32 small letters, digits, _ or -"
SIMULATED_SCALE = 60.0


def load_settings(*, simulate: bool = False) -> Settings:
    """The settings of the environment; a simulated provider is faster.

    Raises SettingsWrong with a line a person can act on.
    """
    try:
        settings = Settings()
    except ValidationError as error:
        raise SettingsWrong("; ".join(map(_problem, error.errors()))) from None
    if settings.time_scale != 1 and not settings.testing:
        raise SettingsWrong("PROMPTRELAY_TIME_SCALE works only with PROMPTRELAY_TESTING=1 or --simulate")
    if simulate and not settings.testing:
        return settings.model_copy(update={"testing": True, "time_scale": SIMULATED_SCALE})
    return settings


def _problem(error: ErrorDetails) -> str:
    """What is wrong with a setting, without its value: it may be a secret."""
    text = str(error.get("ctx", {}).get("error") or error["msg"])
    if not error["loc"]:
        return text
    name = str(error["loc"][0])
    if error["type"] == "string_pattern_mismatch":
        text = "has to be an amount in USD, such as 12.50" if name.endswith("_usd") else _NAME_RULE
    said = text.partition(", unable")[0].replace("Input should be", "has to be", 1)
    return f"PROMPTRELAY_{name.upper()}: {said}"


def request_rules(settings: Settings) -> RequestRules:
    """What a request may be where the provider's pages contradict each other."""
    return RequestRules(
        max_text_chars=settings.max_text_chars,
        max_output_tokens=settings.max_output_tokens,
        temperature_with_top_p=settings.allow_temperature_with_top_p,
        sampling_when_reasoning=settings.allow_sampling_when_reasoning,
        search_in_chat_gpt_tasks=settings.chat_gpt_task_search,
        any_claude_country=settings.allow_any_claude_country,
    )
