"""refetch: prove the stored answers, and fetch lost ones again for nothing."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack

import click

from config.settings import Settings
from promptrelay.answers.store import open_store
from promptrelay.care.refetch import GetTask, Refetch, Refetched
from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.opened import not_purged, open_database, the_run
from promptrelay.cli.provider import Desk, provider_desk
from promptrelay.cli.run_end import INCOMPLETE
from promptrelay.cli.settings import load_settings
from promptrelay.database import deployment
from promptrelay.database.database import Database
from promptrelay.dataforseo.wire.reply import Reply
from promptrelay.domain.platform import Platform
from promptrelay.wiring import results_url, terms

_NAMED = 20


@click.command()
@click.argument("run", required=False)
@click.option("--missing", is_flag=True, help="Speak only of answers that are missing or damaged.")
@click.option(
    "--provider-id", "provider_ids", multiple=True, metavar="ID", help="Only this task; repeatable."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def refetch(run: str | None, *, missing: bool, provider_ids: tuple[str, ...], as_json: bool) -> None:
    """Prove every stored answer of RUN by its hash, and fetch again what is missing or damaged.

    Fetching is free: nothing is sent again. The provider keeps Standard answers for 30 days, Live ones never.
    With --provider-id also a task that has no stored answer yet is fetched, and its money booked. Ends with 4
    when something could not be brought back.

    \b
    Examples:
      promptrelay refetch prompts
      promptrelay refetch --provider-id 02241700-1535-0612-0000-1b9a3f2f3a6e
    """
    settings = load_settings()
    if run and provider_ids:
        raise UsageWrong("name a run, or tasks with --provider-id")
    with open_database(settings) as database, ExitStack() as stack:
        made = _refetch(settings, database, _get_task(settings, stack))
        if provider_ids:
            done = made.tasks(list(dict.fromkeys(provider_ids)))
        else:
            done = made.run(not_purged(the_run(database, run))["id"])
    click.echo(json.dumps(_as_json(done)) if as_json else "\n".join(_lines(done, missing=missing)))
    if done.failed:
        raise click.exceptions.Exit(INCOMPLETE)


def _refetch(settings: Settings, database: Database, get_task: GetTask) -> Refetch:
    with database.write() as connection:
        name = deployment.ensure(connection)
    return Refetch(
        database=database,
        answers=open_store(results_url(settings)),
        get_task=get_task,
        deployment=name,
        terms=terms(settings),
        max_tries=settings.max_attempts,
    )


def _get_task(settings: Settings, stack: ExitStack) -> Callable[[Platform, str], Reply]:
    """Goes to the provider's desk with the first task that is needed: proving alone needs no credentials."""
    desks: list[Desk] = []

    def get_task(platform: Platform, provider_id: str) -> Reply:
        if not desks:
            desks.append(stack.enter_context(provider_desk(settings)))
        return desks[0].free(lambda client: client.get_task(platform, provider_id))

    return get_task


def _as_json(done: Refetched) -> dict[str, object]:
    return {
        "fine": done.fine,
        "fetched": done.fetched,
        "settled": done.settled,
        "failed": done.failed,
        "noted": done.noted,
    }


def _lines(done: Refetched, *, missing: bool) -> list[str]:
    lines = [] if missing else [f"{done.fine:,} stored answers are fine"]
    back = len(done.fetched)
    if back or missing:
        lines.append(f"{back:,} were missing or damaged and are fetched again, for nothing")
    if done.settled:
        lines.append(f"{len(done.settled):,} had no stored answer: they are fetched and booked now")
    if done.failed:
        lines.append(f"{len(done.failed):,} could not be brought back:")
    named = [*done.failed.items(), *done.noted.items()]
    lines += [f"  {provider_id}: {why}" for provider_id, why in named[:_NAMED]]
    if len(named) > _NAMED:
        lines.append(f"  and {len(named) - _NAMED:,} more; --json names all")
    return lines
