"""schedule: run a campaign again and again; add, list and show."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from producers.plan.survey import check_rows
from producers.schedules import schedules
from producers.schedules.sheet import list_json, sheet_json, times_json
from promptrelay.cli import life
from promptrelay.cli.asking import ask
from promptrelay.cli.calendar import schedules_now
from promptrelay.cli.commands.send.schedule_control import pause, remove, resume, run_now
from promptrelay.cli.opened import open_database
from promptrelay.cli.options.campaign import campaign_options, campaign_spec
from promptrelay.cli.options.grouped_help import GroupedCommand
from promptrelay.cli.options.schedule import schedule_options, wanted_schedule
from promptrelay.cli.planning import planned
from promptrelay.cli.settings import load_settings
from promptrelay.cli.shown.plan import plan_console
from promptrelay.cli.shown.schedules import added_lines, list_text, sheet_text


@click.group()
def schedule() -> None:
    """Run a campaign again and again, at its times.

    Schedules fire while a dispatcher runs: `promptrelay up`, or `promptrelay dispatcher`.
    """


for _command in (pause, resume, run_now, remove):
    schedule.add_command(_command)


@schedule.command("add", cls=GroupedCommand, short_help="Keep a schedule for FILE.")
@campaign_options
@schedule_options
@click.option("--as", "schedule_name", metavar="NAME", help="The schedule's name; else the campaign's.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def add(file: Path, *, yes: bool, as_json: bool, **given: Any) -> None:
    """Run FILE at its times: those under `schedule:` in a campaign file, or those of the options.

    Shows the next five times and what thirty days are likely to cost, and asks before it keeps anything.
    The file is read again each time it fires, by the dispatcher, under the same path. A cron expression is
    meant in the zone's wall time: a time that the change to summer time leaves out comes when the gap ends,
    and one that comes twice comes once.

    \b
    Examples:
      promptrelay schedule add campaign.yaml --cron '0 7 * * *' --zone Europe/Berlin
      promptrelay schedule add campaign.yaml --yes
      promptrelay schedule add prompts.csv --platform claude --every 6h --monthly-cap 40
    """
    settings = load_settings()
    spec = campaign_spec(settings, file, given)
    with open_database(settings) as database:
        with database.read() as connection:
            now = schedules_now(settings, connection)
        wanted = wanted_schedule(settings, spec, file, given, now)
        times = wanted.next_times(now)
        plan = planned(settings, spec, file)
        check_rows(plan.prompts, spec, file)
        month = schedules.project(wanted, plan, now)
        if not as_json:
            for line in added_lines(wanted, plan, times, month):
                click.echo(line)
        ask(f"Keep the schedule {wanted.name}?", yes=yes)
        with database.write() as connection:
            schedule_id = schedules.add(connection, wanted, now)
    if as_json:
        facts = {"schedule": wanted.name, "id": schedule_id, "campaign": spec.name, "state": "active"}
        month_json = {"times": times_json(wanted.timing, times), "month": month.to_json()}
        click.echo(json.dumps({**facts, **month_json}))
        return
    click.echo(f"schedule {wanted.name} is active; it fires while a stack runs: promptrelay up")


@schedule.command("list", short_help="List the schedules.")
@click.option("--all", "removed", is_flag=True, help="Also those that were removed.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_schedules(*, removed: bool, as_json: bool) -> None:
    """List the schedules with their state, their next time and what became of the last one.

    Says on standard error when no dispatcher is there to fire them.

    \b
    Examples:
      promptrelay schedule list
      promptrelay schedule list --json
    """
    settings = load_settings()
    with open_database(settings) as database:
        with database.read() as connection:
            found = list_json(connection, settings.account, removed=removed)
        signs = life.signs_of_life(settings, database)
    if as_json:
        click.echo(json.dumps({"schedules": found, "signs": life.as_json(signs)}))
        return
    life.say(signs)
    for line in list_text(found):
        click.echo(line)


@schedule.command("show", short_help="Show a schedule with its history.")
@click.argument("name")
@click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="The newest times.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with the prompts that changed.")
def show(name: str, *, limit: int, as_json: bool) -> None:
    """Show schedule NAME: its next times, the month's money, and what became of its newest times.

    \b
    Examples:
      promptrelay schedule show shoes-by-city
      promptrelay schedule show shoes-by-city --limit 3 --json
    """
    settings = load_settings()
    with open_database(settings) as database, database.read() as connection:
        row = schedules.find(connection, settings.account, name)
        found = sheet_json(connection, row, schedules_now(settings, connection), most=limit)
    if as_json:
        click.echo(json.dumps(found))
    else:
        plan_console().print(sheet_text(found), markup=False, highlight=False)
