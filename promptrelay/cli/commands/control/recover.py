"""recover: search for paid calls whose outcome nobody knows, and let the operator end a search."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import Any

import click

from config.celery_options import celery_options
from config.settings import Settings
from promptrelay.broker import make_app
from promptrelay.cli.errors import UsageWrong
from promptrelay.cli.opened import open_database, the_run
from promptrelay.cli.provider import Desk, provider_desk
from promptrelay.cli.run_end import INCOMPLETE
from promptrelay.cli.settings import load_settings
from promptrelay.database.attempts import unknown
from promptrelay.database.attempts.permission import unresolved
from promptrelay.database.attempts.unknown import Unknown
from promptrelay.dataforseo.wire.rows import IdPage
from promptrelay.domain.evidence import OutcomeUnknown, WrittenOff
from promptrelay.stack.errors import NoProvider
from promptrelay.stack.simulated import running_simulator
from workers.opening import open_rooms
from workers.recording import keep
from workers.rooms import Rooms
from workers.unknown.recover import search_once
from workers.unknown.search import Swept

_SHOWN = 5
_NO_REDIS = "redis://127.0.0.1:1/0"
"""Never connected to: the desk makes the calls, inside the limits of a stack that runs."""


@click.command()
@click.argument("run", required=False)
@click.option("--write-off", is_flag=True, help="End the search: the jobs fail as lost.")
@click.option("--retry", is_flag=True, help="End the search and send the jobs again; this may pay twice.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recover(run: str | None, *, write_off: bool, retry: bool, yes: bool, as_json: bool) -> None:
    """Search the provider's list now for what RUN sent without getting a reply, and show what is known.

    The workers do the same all the time. With --write-off or --retry you decide what they may not: a task
    that turns up later is collected all the same. Ends with 4 while an outcome is unknown.

    \b
    Examples:
      promptrelay recover prompts
      promptrelay recover prompts --write-off
      promptrelay recover prompts --retry --yes
    """
    if write_off and retry:
        raise UsageWrong("--write-off and --retry exclude each other; choose one")
    settings = running_simulator(load_settings())
    with open_database(settings) as database:
        run_id = str(the_run(database, run)["id"])
    with _rooms(settings) as rooms:
        _note_unresolved(rooms)
        swept, why = _search(settings, rooms)
        left = _unknown(rooms, run_id)
        if not as_json:
            _show(swept, why, left)
        ended: list[Unknown] = []
        if write_off or retry:
            ended = [item for item in left if not item.may_arrive]
            _decide(rooms, ended, retry=retry, yes=yes, quiet=as_json, young=len(left) - len(ended))
            left = _unknown(rooms, run_id)
    if as_json:
        click.echo(json.dumps(_json(run_id, swept, why, left, ended)))
    raise click.exceptions.Exit(INCOMPLETE if left else 0)


@contextmanager
def _rooms(settings: Settings) -> Iterator[Rooms]:
    """The workers' rooms, without their Redis."""
    here = settings.model_copy(update={"redis_url": _NO_REDIS})
    rooms = open_rooms(here, make_app("recover", celery_options(_NO_REDIS)))
    try:
        yield rooms
    finally:
        rooms.client.close()
        rooms.database.close()


def _note_unresolved(rooms: Rooms) -> None:
    """What a worker that died was sending is unknown by now; without a stack nobody has said so yet."""
    terms, moment = rooms.search_terms, rooms.boot_time()
    deadline_s = max(terms.call_deadline_s, terms.live_deadline_s)
    with rooms.database.read() as connection:
        found = unresolved(
            connection,
            moment.boot_id,
            moment.boot_s,
            deadline_s=deadline_s,
            window_s=terms.send_window_s,
        )
    if found:
        keep(rooms, [OutcomeUnknown(attempt_id=attempt_id) for attempt_id in found])


def _search(settings: Settings, rooms: Rooms) -> tuple[Swept | None, str | None]:
    """One search now, and why there was none or not all of one."""
    try:
        with provider_desk(settings) as desk:
            swept = search_once(rooms, lambda since, until, offset: _ask(desk, since, until, offset))
    except NoProvider:
        return None, "there are no credentials, so nothing was searched"
    if swept is None:
        return None, "a worker is searching right now"
    return swept, swept.trouble


def _ask(desk: Desk, since: datetime, until: datetime, offset: int) -> IdPage:
    return desk.free(lambda client: client.list_ids(since, until, offset=offset), of_list="id_list")


def _unknown(rooms: Rooms, run_id: str) -> list[Unknown]:
    with rooms.database.read() as connection:
        return unknown.searched_for(
            connection, rooms.account, rooms.search_terms, rooms.boot_time(), run_id=run_id
        )


def _show(swept: Swept | None, why: str | None, left: Sequence[Unknown]) -> None:
    if swept is not None and swept.searched:
        found = f"{swept.adopted} found, {swept.absent} proven absent, {swept.lost} Live answers lost"
        click.echo(f"searched for {swept.searched}: {found}")
    if why:
        click.echo(f"the search is not complete: {why}")
    if not left:
        click.echo("no outcome of this run is unknown")
        return
    click.echo(f"{len(left)} outcomes of this run are unknown:")
    for item in left[:_SHOWN]:
        click.echo(f"  {item.attempt_id}  {item.method}  sent {item.age_s:,.0f} s ago  {_known(item)}")
    if len(left) > _SHOWN:
        click.echo(f"  and {len(left) - _SHOWN} more; --json names them all")


def _known(item: Unknown) -> str:
    if item.may_arrive:
        return "the provider may still take it"
    if not item.may_be_absent:
        return "not listed so far; the list may lag behind"
    if not item.searches:
        return "not listed; nothing sent later is listed yet, which would prove that the list is complete"
    return f"not listed in {item.searches} complete looks"


def _decide(
    rooms: Rooms, ended: Sequence[Unknown], *, retry: bool, yes: bool, quiet: bool, young: int
) -> None:
    if young and not quiet:
        click.echo(f"{young} left alone: the provider may still take them; try again in a few minutes")
    if not ended:
        return
    if retry:
        click.echo(
            f"{len(ended)} jobs will be sent and charged again. If the provider has taken the first sending "
            "after all, both are paid.",
            err=True,
        )
    if not yes:
        click.confirm("Send them again?" if retry else f"Give up {len(ended)} jobs?", abort=True, err=True)
    again_s = 0.0 if retry else None
    keep(rooms, [WrittenOff(attempt_id=item.attempt_id, retry_in_s=again_s) for item in ended])
    if not quiet:
        what = "are due again; run or up sends them" if retry else "failed as lost"
        click.echo(f"{len(ended)} jobs {what}")


def _json(
    run_id: str, swept: Swept | None, why: str | None, left: Sequence[Unknown], ended: Sequence[Unknown]
) -> dict[str, Any]:
    return {
        "run": run_id,
        "search": asdict(swept) if swept else None,
        "incomplete": why,
        "unknown": [
            {
                "attempt": item.attempt_id,
                "job": item.job_id,
                "method": item.method,
                "age_s": round(item.age_s, 1),
                "not_found": item.searches,
                "may_arrive": item.may_arrive,
                "may_be_absent": item.may_be_absent,
            }
            for item in left
        ],
        "ended": [item.attempt_id for item in ended],
    }
