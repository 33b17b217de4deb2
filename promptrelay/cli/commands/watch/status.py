"""status: how far a run is, without changing anything."""

from __future__ import annotations

import json
from typing import Any

import click
from rich.console import Console

from promptrelay.books.counters import counters
from promptrelay.books.progress import Progress, progress
from promptrelay.books.progress_watch import ProgressWatch
from promptrelay.books.receipt import receipt
from promptrelay.books.signs import SignKind
from promptrelay.cli import life
from promptrelay.cli.errors import RunNotFound
from promptrelay.cli.opened import open_database, the_run
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.progress import ProgressDisplay
from promptrelay.cli.shown.receipt import receipt_text
from promptrelay.database.database import Database
from promptrelay.database.schedules import schedules
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.states import RunState
from promptrelay.visible import visible
from promptrelay.wiring import results_url

_OVER = (RunState.FINISHED, RunState.CANCELLED)


@click.command()
@click.argument("run", required=False)
@click.option("--watch", is_flag=True, help="Follow it until it is over.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def status(run: str | None, *, watch: bool, as_json: bool) -> None:
    """Show RUN (an id, the start of one, or a campaign's name; none: the newest).

    Says what is waited for, and when nobody is there to serve what waits.

    \b
    Examples:
      promptrelay status
      promptrelay status prompts --watch
    """
    settings = load_settings()
    clock = SystemClock()
    with open_database(settings) as database:
        stopped, signs = paused_schedules(database), life.signs_of_life(settings, database)
        try:
            run_id = the_run(database, run)["id"]
        except RunNotFound:
            if not as_json:
                _say_paused(stopped)
                life.say(signs)
            raise
        if as_json:
            found = progress_json(progress(database, run_id)) | {"recovery": counters(database, run_id)}
            click.echo(json.dumps(found | {"paused_schedules": stopped, "signs": life.as_json(signs)}))
            return
        _say_paused(stopped)
        # What is waited for is told with the progress.
        life.say([sign for sign in signs if sign.kind is not SignKind.WAITS])
        lookout = life.Lookout(settings, database, clock, told=signs)
        console = Console()
        with ProgressDisplay(console, clock, live_slots=settings.live_slots) as display:
            looking = ProgressWatch(lambda: progress(database, run_id), clock)
            now = looking.now()
            display.show(now)
            while watch and now.state not in _OVER:
                clock.sleep(0.5)
                now = looking.now()
                display.show(now)
                for line in lookout.news():
                    console.print(line, style="yellow", markup=False, highlight=False, soft_wrap=True)
        if not watch:
            found = receipt(database, run_id, results_url=results_url(settings))
            Console().print(receipt_text(found), markup=False)


def paused_schedules(database: Database) -> list[dict[str, Any]]:
    """The schedules that do not fire, and why."""
    with database.read() as connection:
        found = schedules.stopped(connection)
    return [{"schedule": row["name"], "reason": row["reason"]} for row in found]


def _say_paused(stopped: list[dict[str, Any]]) -> None:
    for row in stopped:
        click.echo(f"schedule {row['schedule']} is paused: {visible(row['reason'])}", err=True)


def progress_json(now: Progress) -> dict[str, Any]:
    """The progress as other tools read it; money as decimal text in USD."""
    return {
        "run": now.run_id,
        "campaign": now.campaign,
        "state": now.state,
        "reason": now.reason,
        "account_note": now.account_note,
        "provider_says": list(now.provider_says),
        "waits": list(now.waits),
        "jobs": dict(now.jobs),
        "attempts": dict(now.attempts),
        "money": {"charged": str(now.charged), "refunded": str(now.refunded), "held": str(now.held)},
    }
