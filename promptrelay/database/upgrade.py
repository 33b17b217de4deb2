"""Brings the database to this program's version of the schema, and says when it is not there."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from promptrelay.database.database import Database
from promptrelay.database.errors import SchemaNewer, SchemaOutOfDate

_MIGRATIONS = Path(__file__).parent / "migrations"
# Any number will do, as long as every version of the program takes the same one.
_ADVISORY_LOCK = 7_265_676_582


def upgrade(database: Database) -> bool:
    """Bring the schema to this program's version; False when it was there already.

    One transaction does all of it or nothing. Of several callers at once, one does the work and the
    others wait. Raises SchemaNewer when the database is newer than the program.
    """
    config = _config()
    with database.write() as connection:
        if not database.is_sqlite:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_ADVISORY_LOCK)))
        found = _version(connection)
        if found == _wanted(config):
            return False
        _refuse_unknown(found, config)
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
    return True


def check_version(database: Database) -> None:
    """Return if the database has this program's version of the schema.

    Raises SchemaOutOfDate, and its kind SchemaNewer.
    """
    config = _config()
    with database.read() as connection:
        found = _version(connection)
    if found == _wanted(config):
        return
    _refuse_unknown(found, config)
    has = "no tables yet" if found is None else f"version {found}"
    raise SchemaOutOfDate(
        f"the database has {has}, this program needs version {_wanted(config)}: run `promptrelay db upgrade`"
    )


def _config() -> Config:
    config = Config()
    # A path may hold a per cent sign, which the configuration would take for a reference.
    config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _wanted(config: Config) -> str | None:
    return ScriptDirectory.from_config(config).get_current_head()


def _version(connection: sa.Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _refuse_unknown(found: str | None, config: Config) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise SchemaNewer(
            f"the database has version {found}, made by a newer program than this: install that one"
        )
