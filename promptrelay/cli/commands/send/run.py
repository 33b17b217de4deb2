"""run: plan, confirm, submit, work and wait, in one go."""

from __future__ import annotations

import json
import threading
from contextlib import suppress
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from config.settings import Settings
from producers.submit.submit import submit
from promptrelay.answers.errors import AnswerError
from promptrelay.answers.store import open_store
from promptrelay.books.progress import Progress, progress
from promptrelay.books.progress_watch import ProgressWatch
from promptrelay.books.receipt import receipt
from promptrelay.books.witnesses import is_one_out
from promptrelay.cli.account_state import as_held, behind, resume, resuming, why_stuck
from promptrelay.cli.before_sending import refuse_what_cannot_serve
from promptrelay.cli.ending import drain_then_end
from promptrelay.cli.errors import CommandFailed
from promptrelay.cli.life import Lookout
from promptrelay.cli.opened import open_database
from promptrelay.cli.options.campaign import campaign_options, campaign_spec
from promptrelay.cli.options.grouped_help import GroupedCommand
from promptrelay.cli.outlasting import outlast_the_terminal
from promptrelay.cli.planning import approve, goes_on, is_finished, planned
from promptrelay.cli.run_end import Patience, exit_code, is_over, search_patience_s
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.plan import plan_console, plan_text
from promptrelay.cli.shown.progress import ProgressDisplay
from promptrelay.cli.shown.receipt import receipt_text
from promptrelay.data_dir import DataDir
from promptrelay.database.attempts.live_calls import wanted_platforms
from promptrelay.database.database import Database
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Platform
from promptrelay.domain.states import RunState
from promptrelay.stack.children import StackEvent
from promptrelay.stack.embedded_stack import EmbeddedStack
from promptrelay.wiring import account_terms, results_url, search_terms
from workers.upkeep.compact import tidy_up

_TICK_S = 0.5
_STACK_STARTS_S = 45.0
"""Until then nobody is missed."""
_WITNESS_WAIT_S = 30.0


@click.command(cls=GroupedCommand)
@campaign_options
@click.option("--simulate", is_flag=True, help="Against a stand-in of the provider, for nothing.")
@click.option("--simulator-option", "simulator_options", multiple=True, metavar="KEY=VALUE", hidden=True)
@click.option("--again", is_flag=True, help="Start a new run of an input that is finished.")
@click.option("--yes", is_flag=True, help="Do not ask before sending; stop at the cap.")
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

    FILE has prompts (.csv, .tsv, .jsonl, .txt) or describes a campaign (.yaml, see `promptrelay schema`).
    Asks first when it may cost more than PROMPTRELAY_CONFIRM_ABOVE_USD, and refuses what is expected to
    cost more than --max-cost; --yes skips both, and the cap then stops the run. The same command resumes an
    interrupted run and sends only what is missing. Ends with 0 when every job is done, 3 at a cap, 4 when
    jobs failed or outcomes are unknown.

    \b
    Examples:
      promptrelay run prompts.csv --simulate --yes
      promptrelay run campaign.yaml --max-cost 25
      promptrelay run prompts.csv --platform chat_gpt --platform perplexity --max-cost 25
    """
    settings = load_settings(simulate=simulate)
    outlast_the_terminal()
    console = plan_console(stderr=as_json)
    data = DataDir(settings.data_dir).make()
    stack = EmbeddedStack(
        settings, data, simulate, lambda event: _say(console, event), simulator_options=simulator_options
    )
    stack.check()
    spec = campaign_spec(settings, file, given)
    plan = planned(settings, spec, file, keep=True)
    console.print(plan_text(plan), markup=False, highlight=False)
    stuck = None
    with open_database(settings) as database:
        if not (plan.is_refused or goes_on(database, spec, plan, again=again)):
            if given["strict_models"]:
                plan.refuse_doubts()
            if not yes:
                approve(settings, spec, plan, simulate=simulate)
        if not is_finished(database, spec, plan, again=again):
            refuse_what_cannot_serve(settings)
        submitted = submit(
            database, spec, file, again=again, limits=account_terms(settings), found=plan.prompts
        )
        if submitted.is_over:
            console.print(f"run {submitted.run_id} is {submitted.state}; --again starts a new one")
        if not (submitted.is_over and is_over(progress(database, submitted.run_id))):
            stuck = _work(console, settings, stack, database, submitted.run_id)
            _tidy_up(database, settings)
        found = receipt(database, submitted.run_id, results_url=results_url(settings))
    console.print(receipt_text(found), markup=False)
    if as_json:
        click.echo(json.dumps(found))
    if stuck is not None:
        raise stuck
    raise click.exceptions.Exit(exit_code(found))


def _say(console: Console, event: StackEvent) -> None:
    if event.kind in ("child.died", "child.killed", "child.late", "stack.crowded"):
        console.print(str(event), style="dim", markup=False)


def _work(
    console: Console,
    settings: Settings,
    stack: EmbeddedStack,
    database: Database,
    run_id: str,
) -> CommandFailed | None:
    """Keep the stack going until the run is over or a signal asks to end; returns what else ended it."""
    ending = drain_then_end()
    clock = SystemClock()
    lookout = Lookout(settings, database, clock, patience_s=_STACK_STARTS_S)
    told = False
    resume(database, settings.account, run_id)
    try:
        stack.tend(_live_platforms(database, settings.account))
        with ProgressDisplay(console, clock, live_slots=settings.live_slots) as display:
            watch = ProgressWatch(lambda: progress(database, run_id), clock)
            now: Progress = watch.now()
            wait_s = search_patience_s(search_terms(settings), buys_witness=settings.buy_witness)
            patience = Patience(clock, wait_s)
            warned = False
            while not ending.is_set() and not is_over(now) and not patience.is_over(now):
                shown = as_held(database, settings.account, now)
                if shown.state is RunState.PAUSED and not told:
                    console.print(
                        f"{shown.reason}; this waits for: {resuming(shown)}",
                        markup=False,
                        highlight=False,
                        soft_wrap=True,
                    )
                told = shown.state is RunState.PAUSED
                display.show(shown)
                stuck = why_stuck(database, settings.account, now)
                if stuck is not None:
                    return stuck
                warned = warned or _tell(console, behind(database, settings.account))
                for line in lookout.news():
                    _tell(console, line)
                ending.wait(_TICK_S)
                stack.tend(_live_platforms(database, settings.account))
                now = watch.now()
            display.show(now)
            _close_books(stack, database, settings, run_id, ending)
        if ending.is_set():
            console.print(
                "ending: calls in flight finish, Ctrl-C again ends at once; the same command resumes"
            )
    finally:
        stack.stop()
    return None


def _close_books(
    stack: EmbeddedStack, database: Database, settings: Settings, run_id: str, ending: threading.Event
) -> None:
    """Give a witness of the run's search a moment to be answered; a later stack collects it just as well."""
    clock = SystemClock()
    until = clock.boottime() + _WITNESS_WAIT_S
    while not ending.is_set() and clock.boottime() < until and is_one_out(database, run_id):
        ending.wait(_TICK_S)
        stack.tend(_live_platforms(database, settings.account))


def _tell(console: Console, news: str | None) -> bool:
    if news is not None:
        console.print(news, style="yellow", markup=False, highlight=False, soft_wrap=True)
    return news is not None


def _live_platforms(database: Database, account: str) -> list[Platform]:
    """Those that any run of the account needs a Live worker for, also one that has joined this stack."""
    with database.read() as connection:
        return wanted_platforms(connection, account)


def _tidy_up(database: Database, settings: Settings) -> None:
    """Merge the run's small segments; what cannot be done now is done by any later stack."""
    with suppress(AnswerError):
        tidy_up(database, open_store(results_url(settings)), settings.account)
