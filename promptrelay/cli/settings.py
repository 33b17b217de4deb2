"""The settings of a command, with what `--simulate` changes; children get them as environment."""

from __future__ import annotations

from config.loading import SettingsUnusable, read_settings
from config.settings import Settings
from promptrelay.cli.errors import SettingsWrong
from promptrelay.dataforseo.requests.rules import RequestRules

SIMULATED_SCALE = 60.0


def load_settings(*, simulate: bool = False) -> Settings:
    """The settings of the environment; a simulated provider is faster.

    Raises SettingsWrong with a line a person can act on.
    """
    try:
        settings = read_settings()
    except SettingsUnusable as error:
        raise SettingsWrong(str(error)) from None
    if settings.time_scale != 1 and not settings.testing:
        raise SettingsWrong("PROMPTRELAY_TIME_SCALE works only with PROMPTRELAY_TESTING=1 or --simulate")
    if simulate and not settings.testing:
        return settings.model_copy(update={"testing": True, "time_scale": SIMULATED_SCALE})
    return settings


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
