"""What pause and resume have in common: whom they are about, and what they say."""

from __future__ import annotations

import json
from typing import Any

import click
import sqlalchemy as sa

from promptrelay.cli.errors import UsageWrong


def one_of(run: str | None, *, everything: bool) -> None:
    """Refuse neither and both. Raises UsageWrong."""
    if bool(run) == everything:
        raise UsageWrong("name one run (its id or its campaign), or everything with --all")


def say(run: sa.RowMapping, *, changed: bool, note: str, as_json: bool, **also: Any) -> None:
    """What became of one run, as a line or as JSON."""
    facts = {"run": run["id"], "campaign": run["campaign"], "state": run["state"], "changed": changed}
    if as_json:
        resumed = {"account_resumed": also["account"]} if also else {}
        click.echo(json.dumps({**facts, "reason": run["reason"], **resumed}))
        return
    again = "" if changed else " already"
    click.echo(f"run {run['id']} is {run['state']}{again}" + (f": {note}" if note else ""))


def say_all(what: str, run_ids: list[str], names: list[str], *, as_json: bool) -> None:
    """What became of all runs and accounts, as lines or as JSON."""
    if as_json:
        click.echo(json.dumps({what: run_ids, "accounts": names}))
        return
    for run_id in run_ids:
        click.echo(f"run {run_id} is {what}")
    if what == "paused":
        click.echo("all sending is paused, also of new runs. Let it go on: promptrelay resume --all")
    elif names:
        click.echo(f"the provider account {', '.join(names)} may send again")
    else:
        click.echo("no provider account was paused")
