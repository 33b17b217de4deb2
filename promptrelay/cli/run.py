"""run: plan, confirm, submit, work and wait, in one go."""

from __future__ import annotations

import json
import signal
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from config.settings import Settings
from producers.campaign import CampaignSpec
from producers.plan import make_plan
from producers.submit import submit
from promptrelay.answers.errors import AnswerError
from promptrelay.answers.store import open_store
from promptrelay.books.progress import Progress, progress
from promptrelay.books.receipt import receipt
from promptrelay.cli.account_state import resume, why_stuck
from promptrelay.cli.campaign_options import assumed, campaign_options, campaign_spec
from promptrelay.cli.children import StackEvent
from promptrelay.cli.data_dir import DataDir
from promptrelay.cli.embedded_stack import EmbeddedStack
from promptrelay.cli.errors import CommandFailed
from promptrelay.cli.opened import open_database
from promptrelay.cli.outcome import Patience, exit_code, is_over, search_patience_s
from promptrelay.cli.progress_display import ProgressDisplay
from promptrelay.cli.render import receipt_text
from promptrelay.cli.settings import load_settings, results_url
from promptrelay.database.database import Database
from promptrelay.database.live_calls import wanted_platforms
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Platform
from workers.compact import tidy_up
from workers.opening import search_terms

_TICK_S = 0.5


@click.command(short_help="Send a file of prompts and wait for the answers.")
@campaign_options
@click.option("--simulate", is_flag=True, help="Against a stand-in of the provider, for nothing.")
@click.option("--simulator-option", "simulator_options", multiple=True, metavar="KEY=VALUE", hidden=True)
@click.option("--again", is_flag=True, help="Start a new run of an input that is finished.")
@click.option("--yes", is_flag=True, help="Do not ask before sending.")
@click.option("--json", "as_json", is_flag=True, help="End with the receipt as JSON on the last line.")
def run(
    file: Path,
    *,
    simulate: bool,
    simulator_options: tuple[str, ...],
    again: bool,
    yes: bool,
    as_json: bool,
    **given: Any,
) -> None:
    """Check FILE, show the plan, submit it, start what is not running, and wait for the answers.

    The same command resumes an interrupted run and sends only what is missing. Ends with 0 when every job
    is done, 3 at a cap, 4 when jobs failed or outcomes are unknown.

    \b
    Examples:
      promptrelay run prompts.csv --simulate --yes
      promptrelay run prompts.csv --platform chat_gpt --platform perplexity --max-cost 25
    """
    settings = load_settings(simulate=simulate)
    console = Console(stderr=as_json)
    data = DataDir(settings.data_dir).make()
    stack = EmbeddedStack(
        settings, data, simulate, lambda event: _say(console, event), simulator_options=simulator_options
    )
    stack.check()
    spec = campaign_spec(settings, file, given)
    _show_plan(console, settings, spec, file, given, ask=not (yes or simulate))
    with open_database(settings) as database:
        submitted = submit(database, spec, file, again=again)
        if submitted.is_over:
            console.print(f"run {submitted.run_id} is {submitted.state}; --again starts a new one")
        else:
            _work(console, settings, stack, database, submitted.run_id)
        if not submitted.is_over:
            _tidy_up(database, settings)
        found = receipt(database, submitted.run_id, results_url=results_url(settings))
    console.print(receipt_text(found))
    if as_json:
        click.echo(json.dumps(found))
    raise click.exceptions.Exit(exit_code(found))


def _show_plan(
    console: Console, settings: Settings, spec: CampaignSpec, file: Path, given: dict[str, Any], *, ask: bool
) -> None:
    plan = make_plan(spec, file, calls_per_minute=settings.calls_per_minute, live_slots=settings.live_slots)
    for line in assumed(spec, given):
        console.print(line, highlight=False)
    console.print(str(plan), highlight=False)
    if ask and plan.can_be_sent:
        click.confirm("Send it?", abort=True, err=True)


def _say(console: Console, event: StackEvent) -> None:
    if event.kind in ("child.died", "child.killed", "child.late", "stack.crowded"):
        console.print(f"[dim]{event}[/dim]")


def _work(
    console: Console,
    settings: Settings,
    stack: EmbeddedStack,
    database: Database,
    run_id: str,
) -> None:
    """Keep the stack going until the run is over or a signal asks to end."""
    ending = _ends_on_signal()
    clock = SystemClock()
    resume(database, settings.account, run_id)
    try:
        stack.tend(_live_platforms(database))
        with ProgressDisplay(console, clock, live_slots=settings.live_slots) as display:
            now: Progress = progress(database, run_id)
            patience = Patience(clock, search_patience_s(search_terms(settings)))
            while not ending.is_set() and not is_over(now) and not patience.is_over(now):
                display.show(now)
                stuck = why_stuck(database, settings.account, now)
                if stuck is not None:
                    raise CommandFailed(stuck)
                ending.wait(_TICK_S)
                stack.tend(_live_platforms(database))
                now = progress(database, run_id)
            display.show(now)
        if ending.is_set():
            console.print("ending: calls in flight finish; the same command resumes")
    finally:
        stack.stop()


def _live_platforms(database: Database) -> list[Platform]:
    """Those that any run here needs a Live worker for, also one that has joined this stack."""
    with database.read() as connection:
        return wanted_platforms(connection)


def _tidy_up(database: Database, settings: Settings) -> None:
    """Merge the run's small segments; what cannot be done now is done by any later stack."""
    with suppress(AnswerError):
        tidy_up(database, open_store(results_url(settings)), settings.account)


def _ends_on_signal() -> threading.Event:
    """The first Ctrl-C drains; the second ends at once."""
    ending = threading.Event()

    def end(number: int, _frame: object) -> None:
        if ending.is_set():
            signal.signal(number, signal.SIG_DFL)
            signal.raise_signal(number)
        ending.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    return ending
