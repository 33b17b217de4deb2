"""runs: all runs at one look."""

from __future__ import annotations

import json
from typing import Any

import click

from producers.readable import duration
from promptrelay.books.run_list import run_list
from promptrelay.cli import life
from promptrelay.cli.opened import open_database
from promptrelay.cli.settings import load_settings
from promptrelay.domain.states import RunState

_RUN_LINE = "{run:26} {campaign:20} {state:14} {done:>9,} of {jobs:>9,} {failed:>8,} {net:>14} {age:>12}"


@click.command()
@click.option("--state", type=click.Choice([str(state) for state in RunState]))
@click.option(
    "--limit", type=click.IntRange(min=1), default=50, show_default=True, help="The newest so many."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def runs(*, state: str | None, limit: int, as_json: bool) -> None:
    """List the runs, the newest first: state, answers of jobs, what they cost, and their age.

    Says on standard error when nobody is there to serve what waits.

    \b
    Examples:
      promptrelay runs
      promptrelay runs --state paused --json
    """
    settings = load_settings()
    with open_database(settings) as database:
        found = run_list(database, state=state, most=limit)
        signs = life.signs_of_life(settings, database)
    if as_json:
        click.echo(json.dumps({"runs": found, "signs": life.as_json(signs)}))
        return
    life.say(signs)
    if not found:
        click.echo("there is no run" + (f" that is {state}" if state else " yet"))
        return
    click.echo(f"{'run':26} {'campaign':20} {'state':14} {'done':>9}    {'jobs':>9} {'failed':>8} ", nl=False)
    click.echo(f"{'net USD':>14} {'age':>12}")
    for row in found:
        line = _RUN_LINE.format(**{**row, "campaign": row["campaign"][:20], "age": duration(row["age_s"])})
        click.echo(line + _changes(row))


def _changes(row: dict[str, Any]) -> str:
    """How a schedule's run differs from the one before."""
    added, removed = row.get("prompts_added"), row.get("prompts_removed")
    return f"  {added:,} prompts new, {removed:,} gone" if added or removed else ""
