"""recover: search for paid calls whose outcome nobody knows, and let the operator end a wait."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
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
from promptrelay.cli.shown.waited_for import stuck_json, stuck_lines, unknown_json, unknown_lines
from promptrelay.database.attempts import unknown, waited_for
from promptrelay.database.attempts.permission import unresolved
from promptrelay.database.attempts.unknown import Unknown
from promptrelay.database.attempts.waited_for import WaitedFor
from promptrelay.dataforseo.wire.rows import IdPage
from promptrelay.domain.evidence import OutcomeUnknown, WrittenOff
from promptrelay.stack.errors import NoProvider
from promptrelay.stack.simulated import running_simulator
from workers.opening import open_rooms
from workers.recording import keep
from workers.rooms import Rooms
from workers.unknown.hidden_failures import HiddenFailures
from workers.unknown.recover import search_once
from workers.unknown.search import Swept

_NO_REDIS = "redis://127.0.0.1:1/0"
"""Never connected to: the desk makes the calls, inside the limits of a stack that runs."""


@click.command()
@click.argument("run", required=False)
@click.option("--write-off", is_flag=True, help="End the wait: the jobs fail as lost, or as overdue.")
@click.option("--retry", is_flag=True, help="End the search and send the jobs again; this may pay twice.")
@click.option(
    "--attempt", "attempts", multiple=True, metavar="ID", help="Only this open attempt; repeatable."
)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def recover(
    run: str | None, *, write_off: bool, retry: bool, attempts: tuple[str, ...], yes: bool, as_json: bool
) -> None:
    """Search the provider's list now for what RUN sent without getting a reply, and show what is known.

    The workers do the same all the time. With --write-off or --retry you decide what they may not: a task
    that turns up later is collected all the same. --write-off also ends what the provider has, when its
    time is over or another code than "not ready" has come back for an hour; --attempt names any open one.
    Ends with 4 while an outcome is unknown.

    \b
    Examples:
      promptrelay recover prompts
      promptrelay recover prompts --write-off
      promptrelay recover prompts --write-off --attempt 01KAZ7QXJ4T2P8W3N5R6V9B1CD
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
        left = _left(rooms, run_id, attempts)
        if not as_json:
            _show(swept, why, left)
        ended: list[str] = []
        if write_off or retry:
            ended = _decide(rooms, left, retry=retry, yes=yes, quiet=as_json)
            left = _left(rooms, run_id, attempts)
    if as_json:
        click.echo(json.dumps(_json(run_id, swept, why, left, ended)))
    raise click.exceptions.Exit(INCOMPLETE if left.unknown else 0)


@dataclass(frozen=True, slots=True)
class _Left:
    """What of the run has no end yet."""

    unknown: Sequence[Unknown]
    stuck: Sequence[WaitedFor]
    """With the provider, and waiting will not end it; or named by the operator."""
    named: bool = field(default=False)


@contextmanager
def _rooms(settings: Settings) -> Iterator[Rooms]:
    """The workers' rooms, without their Redis."""
    here = settings.model_copy(update={"redis_url": _NO_REDIS})
    rooms = open_rooms(here, make_app("recover", celery_options(_NO_REDIS), account=here.account))
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
            failures = HiddenFailures(
                rooms.database,
                rooms.deployment,
                list_errors=lambda since, until, offset: desk.free(
                    lambda client: client.list_errors(since, until, offset=offset), of_list="id_list"
                ),
                look=lambda platform, key: desk.free(lambda client: client.get_task(platform, key)),
                retry_wait_s=rooms.pace.retry_wait_s,
            )
            # Nothing here would send a witness.
            swept = search_once(
                rooms,
                lambda since, until, offset: _ask(desk, since, until, offset),
                failures,
                buys_witness=False,
            )
    except NoProvider:
        return None, "there are no credentials, so nothing was searched"
    if swept is None:
        return None, "a worker is searching right now"
    return swept, swept.trouble


def _ask(desk: Desk, since: datetime, until: datetime, offset: int) -> IdPage:
    return desk.free(lambda client: client.list_ids(since, until, offset=offset), of_list="id_list")


def _left(rooms: Rooms, run_id: str, attempts: Sequence[str]) -> _Left:
    terms, pace = rooms.search_terms, rooms.pace
    with rooms.database.read() as connection:
        found = unknown.searched_for(connection, rooms.account, terms, rooms.boot_time(), run_id=run_id)
        if attempts:
            wanted = {name.upper() for name in attempts}
            named = waited_for.named(connection, run_id, wanted)
            return _Left([item for item in found if item.attempt_id in wanted], named, named=True)
        stuck = waited_for.stuck(
            connection,
            run_id,
            older_than_s=pace.standard_deadline_s + pace.expiry_grace_s,
            unchanged_for_s=pace.unchanged_s,
        )
    return _Left(found, stuck)


def _show(swept: Swept | None, why: str | None, left: _Left) -> None:
    if swept is not None and swept.searched:
        found = f"{swept.adopted} found, {swept.absent} proven absent, {swept.lost} Live answers lost"
        click.echo(f"searched for {swept.searched}: {found}")
    if why:
        click.echo(f"the search is not complete: {why}")
    for line in stuck_lines(left.stuck):
        click.echo(line)
    if not left.unknown:
        click.echo("no outcome of this run is unknown" if not left.named else "none of these is unknown")
        return
    for line in unknown_lines(left.unknown):
        click.echo(line)


def _decide(rooms: Rooms, left: _Left, *, retry: bool, yes: bool, quiet: bool) -> list[str]:
    """End what the operator may end; the ids of those attempts."""
    unknown_ones = [item.attempt_id for item in left.unknown if not item.may_arrive]
    stuck = [] if retry else list(left.stuck)
    young = len(left.unknown) - len(unknown_ones)
    if young and not quiet:
        click.echo(f"{young} left alone: the provider may still take them; try again in a few minutes")
    if retry and left.stuck and not quiet:
        click.echo(f"{len(left.stuck)} left alone: the provider has them; --write-off ends the wait for them")
    if not unknown_ones and not stuck:
        return []
    _confirm(len(unknown_ones), len(stuck), retry=retry, yes=yes)
    again_s = 0.0 if retry else None
    evidence = [WrittenOff(attempt_id=key, retry_in_s=again_s) for key in unknown_ones]
    evidence += [WrittenOff(attempt_id=item.attempt_id, seen=item.state) for item in stuck]
    keep(rooms, evidence)
    if not quiet:
        _say_ended(len(unknown_ones), len(stuck), retry=retry)
    return [item.attempt_id for item in evidence]


def _confirm(unknown_ones: int, stuck: int, *, retry: bool, yes: bool) -> None:
    if retry:
        click.echo(
            f"{unknown_ones} jobs will be sent and charged again. If the provider has taken the first "
            "sending after all, both are paid.",
            err=True,
        )
    if stuck:
        click.echo(
            f"{stuck} of them are with the provider and paid for: their advances stay held until reconcile, "
            "and an answer that comes after all still counts.",
            err=True,
        )
    if not yes:
        ask = "Send them again?" if retry else f"Give up {unknown_ones + stuck} jobs?"
        click.confirm(ask, abort=True, err=True)


def _say_ended(unknown_ones: int, stuck: int, *, retry: bool) -> None:
    if retry:
        click.echo(f"{unknown_ones} jobs are due again; run or up sends them")
        return
    for count, reason in ((unknown_ones, "lost"), (stuck, "overdue")):
        if count:
            click.echo(f"{count} jobs failed as {reason}")


def _json(
    run_id: str, swept: Swept | None, why: str | None, left: _Left, ended: Sequence[str]
) -> dict[str, Any]:
    return {
        "run": run_id,
        "search": asdict(swept) if swept else None,
        "incomplete": why,
        "unknown": [unknown_json(item) for item in left.unknown],
        "stuck": [stuck_json(item) for item in left.stuck],
        "ended": list(ended),
    }
