"""The options that say what a campaign wants, shared by run, plan and submit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import click

from config.settings import Settings
from producers.campaign.errors import CampaignFileWrong, ModelOfNobody
from producers.campaign.file import CampaignFile, Prompts
from producers.campaign.reading import is_campaign_file, read_campaign
from producers.campaign.spec import CampaignSpec, checked_method
from producers.errors import CampaignError
from producers.platform_names import models_of, platforms_of
from producers.prompts.country import country_code
from producers.prompts.errors import PromptFileIsDirectory
from producers.prompts.listed_prompts import ListedPrompts
from producers.prompts.request_fields import PARAMETERS
from producers.prompts.templates import TextTemplate
from producers.readable import shown
from promptrelay.cli.options.grouped_help import GroupedOption
from promptrelay.cli.settings import request_rules
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform

_WANTED = "What is asked of whom"
_ROWS = "Prompts and their columns"
_REQUEST = "Request fields (where a platform knows them; a row's own column goes first)"
_BOUNDS = "Caps and turns"


def _option(group: str, *declarations: str, **attributes: Any) -> Callable[..., Any]:
    return click.option(*declarations, cls=GroupedOption, group=group, **attributes)


def _one_country(_: click.Context, __: click.Parameter, given: tuple[str, ...]) -> str | None:
    """The one country; a second one would take the first one's place without a word."""
    if not given:
        return None
    if len(given) > 1:
        raise click.UsageError("--country stands twice: put a column country into the file, a row for each")
    code = country_code(given[0])
    if code is None:
        raise click.UsageError(
            f"--country: {shown(given[0])} is no ISO code such as DE and no country's English name"
        )
    return code


_OPTIONS = [
    click.argument("file", type=click.Path(path_type=Path)),
    _option(_WANTED, "--platform", "platforms", multiple=True, help="May be repeated; none: chat_gpt."),
    _option(_WANTED, "--model", "models", multiple=True, metavar="PLATFORM=NAME", help="May be repeated."),
    _option(_WANTED, "--method", help="standard (the default), live or auto."),
    _option(_WANTED, "--repeats", type=int, help="How often each prompt is asked; default 1."),
    _option(_WANTED, "--name", help="The campaign's name; else the file's."),
    _option(_WANTED, "--tag", help="For rows that have none of their own; results carry it."),
    _option(_ROWS, "--prompt-column", metavar="NAME", help="The column or key with the prompts."),
    _option(_ROWS, "--template", metavar="TEXT", help="Makes prompts of columns: 'What is {{product}}?'"),
    _option(_ROWS, "--plain-columns", is_flag=True, help="No column is a request field, whatever its name."),
    _option(_ROWS, "--keep-duplicates", is_flag=True, help="Pay for equal rows once each."),
    _option(_ROWS, "--skip-invalid", is_flag=True, help="Leave refused rows out instead of stopping."),
    _option(_WANTED, "--strict-models", is_flag=True, help="Refuse what the lists of models do not say."),
    _option(_REQUEST, "--system-message", metavar="TEXT", help="For every prompt; may hold {{column}}."),
    _option(_REQUEST, "--web-search/--no-web-search", default=None, help="Whether the web is searched."),
    _option(_REQUEST, "--force-web-search", is_flag=True, default=None, help="Search each time."),
    _option(
        _REQUEST,
        "--country",
        "web_search_country_iso_code",
        metavar="COUNTRY",
        multiple=True,
        callback=_one_country,
        help="Search from there: DE, or Germany; several go into a column country.",
    ),
    _option(_REQUEST, "--city", "web_search_city", metavar="NAME", help="Search from there."),
    _option(_REQUEST, "--use-reasoning/--no-use-reasoning", default=None, help="Claude and Gemini."),
    _option(_REQUEST, "--temperature", type=float, help="How freely words are chosen."),
    _option(_REQUEST, "--top-p", type=float, help="The same by another measure, 0 to 1."),
    _option(_REQUEST, "--max-output-tokens", type=int, help="The length asked for; not a hard limit."),
    _option(_BOUNDS, "--max-cost", metavar="USD", help="The most that the run may cost, net."),
    _option(_BOUNDS, "--max-float", metavar="USD", help="The most cash that may be out at once."),
    _option(_BOUNDS, "--priority", type=int, help="Runs of a higher one go first; default 0."),
    _option(_BOUNDS, "--weight", type=int, help="The share among runs of one priority; default 1."),
    _option(_BOUNDS, "--on-lost-live", help="fail (the default), or retry: pay again for a lost answer."),
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
    _check_options(given)
    if file.is_dir():
        raise PromptFileIsDirectory(path=file)
    if not is_campaign_file(file):
        return _asked(settings, file, given, CampaignFile(prompts=Prompts(file=str(file))), None)
    described, prompts = read_campaign(file, settings.folders_of_prompts)
    try:
        return _asked(settings, file, given, described, prompts)
    except CampaignError as error:
        raise CampaignFileWrong(path=file, what=error) from None


def options_said(given: Mapping[str, Any]) -> dict[str, Any]:
    """What the command line said of the campaign, to be kept; what it left out is left out."""
    nothing = _nothing_said()
    return {name: value for name, value in given.items() if name in nothing and value != nothing[name]}


def spec_reader(settings: Settings) -> Callable[[str, Path, Mapping[str, Any]], CampaignSpec]:
    """Reads the campaign of an account from its file and from what `options_said` has kept."""

    def read(account: str, file: Path, said: Mapping[str, Any]) -> CampaignSpec:
        of_account = settings.model_copy(update={"account": account})
        return campaign_spec(of_account, file, {**_nothing_said(), **said})

    return read


def _nothing_said() -> dict[str, Any]:
    """What the options come to when none is given."""
    silent = click.command()(campaign_options(lambda **_: None))
    params = silent.make_context("silent", ["file"]).params
    return {name: value for name, value in params.items() if name != "file"}


def _check_options(given: dict[str, Any]) -> None:
    """So that what is wrong with an option is not put down to the file."""
    platforms_of(given["platforms"])
    models_of(given["models"])
    if given["method"] is not None:
        checked_method(given["method"])
    if given["template"] is not None:
        TextTemplate(given["template"], place="--template")


def _asked(
    settings: Settings,
    file: Path,
    given: dict[str, Any],
    described: CampaignFile,
    prompts: Path | ListedPrompts | None,
) -> CampaignSpec:
    platforms = platforms_of(given["platforms"]) or tuple(map(Platform, described.platforms))
    asked = platforms or (Platform.CHAT_GPT,)
    chosen = models_of(given["models"])
    for platform in chosen:
        if platform not in asked:
            raise ModelOfNobody(platform=platform)
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
        rules=request_rules(settings),
    )


def assumed(spec: CampaignSpec) -> list[str]:
    """What was taken because nothing was said."""
    lines = ["no --platform given: chat_gpt"] if spec.platforms_assumed else []
    return [*lines, *(f"{p} is asked as {', '.join(spec.models[p])}" for p in spec.platforms)]


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
