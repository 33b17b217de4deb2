"""db upgrade: brings the database to this program's version."""

from __future__ import annotations

import click

from promptrelay.cli.settings import load_settings
from promptrelay.data_dir import DataDir
from promptrelay.database.database import Database
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.wiring import database_url


@click.group()
def db() -> None:
    """Care for the database."""


@db.command("upgrade", short_help="Bring the database to this program's version.")
def upgrade_command() -> None:
    """Create or migrate the tables; running it again changes nothing.

    \b
    Example:
      promptrelay db upgrade
    """
    settings = load_settings()
    if not settings.database_url:
        DataDir(settings.data_dir).make()
    database = Database(database_url(settings), SystemClock())
    changed = upgrade(database)
    click.echo("the database was upgraded" if changed else "the database is up to date")
