"""The options that say what a campaign wants, shared by run, plan and submit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from producers.campaign import CampaignSpec
from producers.campaign_file import CampaignFile, Prompts
from producers.campaign_reading import is_campaign_file, read_campaign
from producers.platform_choice import models_of, platforms_of
from producers.request_fields import PARAMETERS
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform

_OPTIONS = [
    click.argument("file", type=click.Path(path_type=Path)),
    click.option("--platform", "platforms", multiple=True, help="May be repeated; none: chat_gpt."),
    click.option("--model", "models", multiple=True, metavar="PLATFORM=NAME", help="Instead of the default."),
    click.option("--method", help="standard (the default), live or auto."),
    click.option("--repeats", type=int, help="How often each prompt is asked; default 1."),
    click.option("--prompt-column", help="The column or key with the prompts."),
    click.option("--template", metavar="TEXT", help="Makes the prompt from columns: 'What is {{product}}?'"),
    click.option("--plain-columns", is_flag=True, help="No column is a request field, whatever its name."),
    click.option("--tag", help="For rows that have none of their own."),
    click.option("--max-cost", metavar="USD", help="The most that the run may cost, net."),
    click.option("--max-float", metavar="USD", help="The most cash that may be out at once."),
    click.option("--name", help="The campaign's name; else the file's."),
    click.option("--keep-duplicates", is_flag=True, help="Pay for equal rows once each."),
    click.option("--skip-invalid", is_flag=True, help="Leave refused rows out instead of stopping."),
    click.option("--priority", type=int, help="Runs of a higher one go first; default 0."),
    click.option("--weight", type=int, help="The share among runs of one priority; default 1."),
    click.option("--on-lost-live", help="fail (the default), or retry: pay again for a Live answer lost."),
    click.option("--system-message", metavar="TEXT", help="For every prompt; may hold {{column}}."),
    click.option("--web-search/--no-web-search", default=None, help="Whether the assistant may search."),
    click.option("--force-web-search", is_flag=True, default=None, help="Ask it to search each time."),
    click.option("--country", "web_search_country_iso_code", metavar="ISO", help="Search as from there: DE."),
    click.option("--city", "web_search_city", help="Search as from there."),
    click.option("--use-reasoning/--no-use-reasoning", default=None, help="Claude and Gemini only."),
    click.option("--temperature", type=float, help="How freely words are chosen."),
    click.option("--top-p", type=float, help="The same by another measure, 0 to 1."),
    click.option("--max-output-tokens", type=int, help="The length asked for; not a hard limit."),
]


def campaign_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Adds the file and the options to a command."""
    for option in reversed(_OPTIONS):
        command = option(command)
    return command


def campaign_spec(settings: Settings, file: Path, given: dict[str, Any]) -> CampaignSpec:
    """The campaign as the file and the command line ask for it; the command line goes first.

    Raises CampaignError, PromptFileError and UsageError.
    """
    described, prompts = CampaignFile(prompts=Prompts(file=str(file))), None
    if is_campaign_file(file):
        described, prompts = read_campaign(file)
    platforms = platforms_of(given["platforms"]) or tuple(map(Platform, described.platforms))
    asked = platforms or (Platform.CHAT_GPT,)
    chosen = models_of(given["models"])
    own = {p: described.platforms[p] for p in asked if p in described.platforms}
    said = {name: _plain(given[name]) for name in PARAMETERS if given.get(name) is not None}
    return CampaignSpec(
        name=given["name"] or described.name or file.stem,
        account=settings.account,
        platforms=asked,
        platforms_assumed=not platforms,
        models={
            p: chosen.get(p) or (tuple(own[p].models) if p in own else ()) or (settings.model_for(p),)
            for p in asked
        },
        method=given["method"] or described.method,
        methods={p: o.method for p, o in own.items() if o.method and not given["method"]},
        repeats=_first(given["repeats"], described.repeats),
        keep_duplicates=given["keep_duplicates"] or described.keep_duplicates,
        skip_invalid=given["skip_invalid"] or described.skip_invalid,
        max_cost=_usd("--max-cost", _first(given["max_cost"], described.caps.max_cost)),
        max_float=_usd("--max-float", _first(given["max_float"], described.caps.max_float)),
        priority=_first(given["priority"], described.priority),
        weight=_first(given["weight"], described.weight),
        parameters={**described.parameters.given(), **said},
        platform_parameters={
            p: {name: value for name, value in o.parameters.given().items() if name not in said}
            for p, o in own.items()
        },
        prompts=prompts,
        prompt_column=_first(given["prompt_column"], described.prompts.column),
        plain_columns=given["plain_columns"] or described.prompts.plain_columns,
        template=_first(given["template"], described.template),
        tag=given["tag"] or described.tag,
        on_lost_live=given["on_lost_live"] or described.on_lost_live,
    )


def assumed(spec: CampaignSpec) -> list[str]:
    """What was taken because nothing was said, and what is done otherwise than asked."""
    lines = ["no --platform given: chat_gpt"] if spec.platforms_assumed else []
    lines += [f"{p} is asked as {', '.join(spec.models[p])}" for p in spec.platforms]
    return [*lines, *spec.notes()]


def _first(given: Any, otherwise: Any) -> Any:
    return otherwise if given is None else given


def _plain(value: Any) -> Any:
    """A whole number without a fraction, so that 1 and 1.0 are the same request."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _usd(option: str, text: str | None) -> Usd | None:
    try:
        return None if text is None else Usd.of(text)
    except ValueError:
        raise click.UsageError(f"{option}: {text!r} is not an amount in USD, such as 12.50") from None
