"""The migrations make exactly the tables that the program uses, once, whoever asks."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext

from promptrelay.database.database import Database
from promptrelay.database.errors import SchemaOutOfDate
from promptrelay.database.schema import LEDGER_ACCOUNTS, ledger, metadata
from promptrelay.database.upgrade import check_version, upgrade
from promptrelay.domain.clock import SystemClock
from tests.checkout import ROOT

_SQLITE_DEFINITIONS = ("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL",)
_POSTGRESQL_DEFINITIONS = (
    "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public'",
    "SELECT conrelid::regclass || ' ' || conname || ' ' || pg_get_constraintdef(oid) FROM pg_constraint",
    (
        "SELECT table_name || '.' || column_name || ' ' || data_type || ' ' || is_nullable || ' '"
        " || coalesce(column_default, '') FROM information_schema.columns WHERE table_schema = 'public'"
    ),
)
UPGRADE = """
import sys
from promptrelay.database.database import Database
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
sys.stdin.readline()
print(upgrade(Database(sys.argv[1], SystemClock())))
"""


def test_the_migrated_schema_is_the_schema_of_the_program(database: Database) -> None:
    with database.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_defaults_checks_and_partial_indexes_are_migrated_too(database: Database) -> None:
    """Autogenerate compares none of them, so the definitions are compared as the database tells them."""
    migrated = _definitions(database)
    with database.write() as connection:
        metadata.drop_all(connection)
        metadata.create_all(connection)
    assert migrated == _definitions(database)
    assert any("one_open_attempt" in line for line in migrated)
    assert any("sums_to_zero" in line for line in migrated)


def _definitions(database: Database) -> list[str]:
    statements = _SQLITE_DEFINITIONS if database.is_sqlite else _POSTGRESQL_DEFINITIONS
    with database.read() as connection:
        found = [line for text in statements for line in connection.execute(sa.text(text)).scalars()]
    return sorted(_in_order(" ".join(line.split())) for line in found if "alembic_version" not in line)


def _in_order(definition: str) -> str:
    """A table's columns and constraints by name: SQLite puts what is added to a table behind the rest."""
    head, opened, body = definition.partition(" (")
    if not head.startswith("CREATE TABLE"):
        return definition
    parts = [""]
    depth = 0
    for character in body.removesuffix(")"):
        depth += {"(": 1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return head.replace('"', "") + opened + ", ".join(sorted(part.strip() for part in parts)) + ")"


def test_an_upgrade_repeated_changes_nothing(bare_database: Database) -> None:
    assert upgrade(bare_database) is True
    assert upgrade(bare_database) is False
    check_version(bare_database)


def test_a_database_without_tables_is_out_of_date(bare_database: Database) -> None:
    with pytest.raises(SchemaOutOfDate, match="promptrelay db upgrade"):
        check_version(bare_database)


def test_a_database_of_a_newer_program_is_neither_used_nor_changed(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    for refused in (check_version, upgrade):
        with pytest.raises(SchemaOutOfDate, match="newer program"):
            refused(database)


def test_of_several_threads_one_upgrades_and_all_find_the_tables(
    bare_database_url: str,
) -> None:
    opened = [Database(bare_database_url, SystemClock()) for _ in range(6)]
    with ThreadPoolExecutor(6) as pool:
        done = list(pool.map(upgrade, opened))
    assert sorted(done) == [False] * 5 + [True]
    check_version(opened[0])
    for database in opened:
        database.close()


def test_of_several_processes_one_upgrades_and_none_fails(
    bare_database_url: str, bare_database: Database
) -> None:
    children = [
        subprocess.Popen(
            [sys.executable, "-c", UPGRADE, bare_database_url],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(4)
    ]
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    said = [child.communicate(timeout=60)[0].strip() for child in children]
    assert sorted(said) == ["False", "False", "False", "True"]
    check_version(bare_database)


def test_a_ledger_row_that_does_not_sum_to_zero_is_refused(database: Database) -> None:
    amounts = {f"{name}_nanos": 0 for name in LEDGER_ACCOUNTS} | {"provider_nanos": -5, "fee_nanos": 4}
    with pytest.raises(sa.exc.IntegrityError), database.write() as connection:
        connection.execute(sa.insert(ledger).values(account="main", step="x", booked_at=1.0, **amounts))
