"""models: what each platform offers, and what of it takes web search, reasoning and Standard tasks."""

from __future__ import annotations

import json
from collections.abc import Sequence
from operator import methodcaller

import click
from rich.console import Console
from rich.text import Text

from config.settings import Settings
from producers.platform_names import platforms_of
from promptrelay.cli.errors import CommandFailed
from promptrelay.cli.opened import open_database
from promptrelay.cli.provider import provider_desk
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.model_lists import models_json, models_table
from promptrelay.database.accounts import model_lists
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.dataforseo.errors import ProviderError
from promptrelay.domain.model import ModelList
from promptrelay.domain.platform import Platform
from promptrelay.stack.errors import NoProvider

KEPT_S = 86_400.0
_WIDE = 200


@click.command()
@click.option("--platform", "platforms", multiple=True, help="May be repeated; none: all four.")
@click.option("--refresh", is_flag=True, help="Ask the provider now, also if the list is younger than a day.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def models(*, platforms: tuple[str, ...], refresh: bool, as_json: bool) -> None:
    """List what the provider offers, as last seen; lists older than a day are asked for again, for free.

    Standard tasks need a model whose Standard column says yes, but the provider's flags lag behind what
    works. A base name such as gpt-4.1 stands for its newest dated version.

    \b
    Examples:
      promptrelay models --platform claude
      promptrelay models --refresh --json
    """
    settings = load_settings()
    wanted = platforms_of(platforms) or tuple(Platform)
    with open_database(settings) as database:
        note = _bring_up_to_date(database, settings, wanted, refresh=refresh)
        found, now = _read(database, settings.account)
    lists = [found[platform] for platform in wanted]
    if as_json:
        click.echo(json.dumps({"platforms": {each.platform: models_json(each, now) for each in lists}}))
        return
    console = Console(width=None if Console().is_terminal else _WIDE)
    for each in lists:
        console.print(models_table(each, settings.model_for(each.platform), now), markup=False)
    console.print(Text(note or "* asked where no --model is given", "yellow" if note else "dim"))


def _bring_up_to_date(
    database: Database, settings: Settings, wanted: Sequence[Platform], *, refresh: bool
) -> str:
    """Ask for the lists that are too old; a note where an old list has to do. Raises CommandFailed."""
    found, now = _read(database, settings.account)
    stale = [p for p in wanted if refresh or not found[p] or now - found[p].seen_at > KEPT_S]
    if not stale:
        return ""
    try:
        _ask(database, settings, stale)
    except (NoProvider, ProviderError) as error:
        known = all(found[platform] for platform in wanted)
        if known and not refresh:
            return "the provider could not be asked again: this is what it said last"
        if isinstance(error, NoProvider):
            if known:
                raise
            raise NoProvider(
                "no list of models is kept here and there is no provider to ask: set PROMPTRELAY_API_LOGIN"
                " and PROMPTRELAY_API_PASSWORD, or `promptrelay run --simulate` first"
            ) from None
        raise CommandFailed(f"the list of models cannot be read: {error}") from None
    return ""


def _ask(database: Database, settings: Settings, wanted: Sequence[Platform]) -> None:
    with provider_desk(settings) as desk:
        for platform in wanted:
            listed = desk.free(methodcaller("list_models", platform))
            with database.write() as connection:
                model_lists.keep(connection, settings.account, platform, listed)


def _read(database: Database, account: str) -> tuple[dict[Platform, ModelList], float]:
    with database.read() as connection:
        return model_lists.read(connection, account), database_time(connection)
