"""A process waits for its database and its tables with a line, and ends where waiting cannot help."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

import pytest
import sqlalchemy as sa

from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.deployment import ensure
from promptrelay.database.errors import DatabaseRefuses, DatabaseUnfit, SchemaNewer
from promptrelay.database.readiness import when_open, when_reachable
from promptrelay.database.upgrade import check_version, upgrade
from promptrelay.domain.clock import SystemClock
from tests.integration.database.books import HeldClock


class Pauses:
    """Counts the waits, and does something at a certain one."""

    def __init__(self, at: int, happens: Callable[[], object]) -> None:
        self.count = 0
        self._at = at
        self._happens = happens

    def __call__(self, _seconds: float) -> None:
        self.count += 1
        assert self.count < 50, "it waits for ever"
        if self.count == self._at:
            self._happens()


@pytest.fixture
def postgres_url(request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("postgres_server").new_database()


def never(_seconds: float) -> None:
    raise AssertionError("it waits, though waiting cannot help")


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    ours = (record for record in caplog.records if record.name.startswith("promptrelay"))
    return [f"{record.message} {getattr(record, 'why', '')}".strip() for record in ours]


def test_it_waits_for_the_tables_with_one_line(
    bare_database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with bare_database.read():  # SQLite's file is there from now on.
        pass
    pauses = Pauses(3, lambda: upgrade(bare_database))
    assert len(when_open(bare_database, ensure, pause=pauses)) == 8
    assert pauses.count == 3
    first, last = lines(caplog)
    assert first.startswith("database.awaited")
    assert "no tables yet" in first
    assert last == "database.met"


def test_it_says_nothing_when_all_is_there(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    when_open(database, ensure, pause=never)
    assert lines(caplog) == []


def test_a_data_directory_that_is_empty_stays_empty_while_it_is_waited_for(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place = tmp_path / "promptrelay.sqlite3"
    database = Database(sqlite_url(place), SystemClock())

    def make() -> None:
        assert list(tmp_path.iterdir()) == []
        upgrade(Database(sqlite_url(place), SystemClock()))

    when_open(database, ensure, pause=Pauses(2, make))
    assert "promptrelay migrate" in lines(caplog)[0]
    database.close()


def test_a_server_that_is_away_is_waited_for(postgres_url: str, caplog: pytest.LogCaptureFixture) -> None:
    url = sa.make_url(postgres_url)
    sockets = str(url.query["host"])
    later = Path(sockets).parent / "later"
    away = url.update_query_dict({"host": str(later)}).render_as_string(hide_password=False)
    database = Database(away, HeldClock())
    made = Database(postgres_url, HeldClock())
    upgrade(made)
    try:
        pauses = Pauses(2, lambda: later.symlink_to(sockets))
        assert len(when_open(database, ensure, pause=pauses)) == 8
        assert pauses.count == 2
        assert "No such file" in lines(caplog)[0]
    finally:
        later.unlink(missing_ok=True)
        database.close()
        made.close()


@pytest.mark.parametrize(
    ("change", "says"),
    [({"database": "nowhere"}, "does not exist"), ({"username": "nobody"}, "does not exist")],
)
def test_a_server_that_refuses_us_ends_it(postgres_url: str, change: dict[str, str], says: str) -> None:
    url = sa.make_url(postgres_url).set(password="very-secret", **change)
    database = Database(url.render_as_string(hide_password=False), HeldClock())
    with pytest.raises(DatabaseRefuses, match=says) as caught:
        when_open(database, ensure, pause=never)
    assert "PROMPTRELAY_DATABASE_URL" in str(caught.value)
    assert "very-secret" not in str(caught.value)


def test_a_wrong_password_ends_it(postgres_url: str) -> None:
    url = sa.make_url(postgres_url)
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    rules = Path(str(url.query["host"])) / "pg_hba.conf"
    kept = rules.read_text()
    try:
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE ROLE guarded LOGIN PASSWORD 'right'")
            rules.write_text("local all guarded scram-sha-256\n" + kept)
            connection.exec_driver_sql("SELECT pg_reload_conf()")
        guarded = url.set(username="guarded", password="wrong").render_as_string(hide_password=False)
        # The server reads its rules a moment later: until then the role is let in, to no tables.
        with pytest.raises(DatabaseRefuses, match="password authentication failed"):
            when_open(Database(guarded, HeldClock()), ensure)
    finally:
        rules.write_text(kept)
        with engine.connect() as connection:
            connection.exec_driver_sql("SELECT pg_reload_conf()")
            connection.exec_driver_sql("DROP ROLE guarded")
        engine.dispose()


def test_a_database_of_a_newer_program_ends_it(database: Database) -> None:
    with database.write() as connection:
        connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(SchemaNewer):
        when_open(database, ensure, pause=never)


@pytest.mark.parametrize("encoding", ["LATIN1", "SQL_ASCII"])
def test_a_database_with_another_encoding_is_refused_by_everything(postgres_url: str, encoding: str) -> None:
    url = sa.make_url(postgres_url)
    name = f"{url.database}_{encoding.lower()}"
    engine = sa.create_engine(url.set(drivername="postgresql+psycopg"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(
            f"CREATE DATABASE {name} ENCODING '{encoding}' TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'"
        )
    engine.dispose()
    database = Database(url.set(database=name).render_as_string(hide_password=False), HeldClock())
    for use in (upgrade, check_version, lambda d: when_open(d, ensure, pause=never)):
        with pytest.raises(DatabaseUnfit, match=f"server_encoding is {encoding}.*UTF8"):
            use(database)
    database.close()


def test_migrating_waits_for_the_server_as_well(database: Database) -> None:
    attempts = iter([sa.exc.OperationalError("SELECT 1", {}, Exception("starting up")), None])

    def attempt() -> str:
        error = next(attempts)
        if error is not None:
            raise error
        return "done"

    pauses = Pauses(99, lambda: None)
    assert when_reachable(attempt, pause=pauses) == "done"
    assert pauses.count == 1
