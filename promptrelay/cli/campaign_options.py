"""The options that say what a campaign wants, shared by run, plan and submit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from producers.campaign import CampaignSpec
from producers.platform_choice import models_of, platforms_of
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform

_OPTIONS = [
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--platform", "platforms", multiple=True, help="May be repeated; none: chat_gpt."),
    click.option("--model", "models", multiple=True, metavar="PLATFORM=NAME", help="Instead of the default."),
    click.option("--method", default="standard", show_default=True, help="standard, live or auto."),
    click.option("--repeats", default=1, show_default=True, help="How often each prompt is asked."),
    click.option("--prompt-column", help="The column with the prompts."),
    click.option("--max-cost", metavar="USD", help="The most that the run may cost, net."),
    click.option("--max-float", metavar="USD", help="The most cash that may be out at once."),
    click.option("--name", help="The campaign's name; else the file's."),
    click.option("--keep-duplicates", is_flag=True, help="Pay for equal rows once each."),
    click.option("--skip-invalid", is_flag=True, help="Leave refused rows out instead of stopping."),
]


def campaign_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the file and the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def campaign_spec(settings: Settings, file: Path, given: dict[str, Any]) -> CampaignSpec:
    """The campaign as asked for on the command line. Raises CampaignError and UsageError."""
    platforms = platforms_of(given["platforms"]) or (Platform.CHAT_GPT,)
    chosen = models_of(given["models"])
    models = {p: chosen.get(p) or (settings.model_for(p),) for p in platforms}
    return CampaignSpec(
        name=given["name"] or file.stem,
        account=settings.account,
        platforms=platforms,
        models=models,
        method=given["method"],
        repeats=given["repeats"],
        keep_duplicates=given["keep_duplicates"],
        skip_invalid=given["skip_invalid"],
        max_cost=_usd("--max-cost", given["max_cost"]),
        max_float=_usd("--max-float", given["max_float"]),
        prompt_column=given["prompt_column"],
    )


def assumed(spec: CampaignSpec, given: dict[str, Any]) -> list[str]:
    """What was taken because nothing was said, and what is done otherwise than asked."""
    lines = [] if given["platforms"] else ["no --platform given: chat_gpt"]
    lines += [f"{p} is asked as {', '.join(spec.models[p])}" for p in spec.platforms]
    return [*lines, *spec.notes()]


def _usd(option: str, text: str | None) -> Usd | None:
    try:
        return None if text is None else Usd.of(text)
    except ValueError:
        raise click.UsageError(f"{option}: {text!r} is not an amount in USD, such as 12.50") from None
