"""migrate: waits for the database, then brings it to this program's version."""

from __future__ import annotations

import json

import click

from config.log_lines import log_to_stderr
from promptrelay.cli.settings import load_settings
from promptrelay.data_dir import DataDir
from promptrelay.database.database import Database
from promptrelay.database.readiness import when_reachable
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.wiring import database_url


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def migrate(*, as_json: bool) -> None:
    """Make or upgrade the tables, waiting for a database that is not there yet; then end.

    For the start of a stack: every other process waits for the tables that this one makes. Running it again
    changes nothing. Ends with 1 when waiting would not help, such as with a wrong password or a database of
    a newer program.

    \b
    Examples:
      promptrelay migrate
      PROMPTRELAY_DATABASE_URL=postgresql://relay@db/relay promptrelay migrate
    """
    log_to_stderr()
    settings = load_settings()
    if not settings.database_url:
        DataDir(settings.data_dir).make()
    database = Database(database_url(settings), SystemClock())
    try:
        changed = when_reachable(lambda: upgrade(database))
    finally:
        database.close()
    place = database.url.render_as_string()
    if as_json:
        click.echo(json.dumps({"changed": changed, "database": place}))
    else:
        click.echo(f"{place}: " + ("the tables were made or upgraded" if changed else "nothing to do"))
