"""What counts as a database that is away, and what never does."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import exc

from promptrelay.cli.failures import one_line
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.errors import AWAY
from promptrelay.domain.clock import SystemClock

HERE = (exc.IntegrityError, exc.ProgrammingError, exc.DataError, exc.NotSupportedError)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database(sqlite_url(tmp_path / "db.sqlite3"), SystemClock())


@pytest.mark.parametrize("kind", HERE)
@pytest.mark.parametrize("way", ["read", "write"])
def test_a_statement_that_would_fail_again_is_no_absence(
    database: Database, kind: type[exc.DBAPIError], way: str
) -> None:
    assert not issubclass(kind, AWAY)
    with pytest.raises(kind), getattr(database, way)():
        raise kind("SELECT 1", {}, Exception("no"))


@pytest.mark.parametrize("kind", [exc.DBAPIError, exc.DatabaseError, *HERE])
@pytest.mark.parametrize("way", ["read", "write"])
def test_a_cut_connection_is_an_absence_by_whatever_name(
    database: Database, kind: type[exc.DBAPIError], way: str
) -> None:
    secret = {"prompt": "what a prompt says"}
    with pytest.raises(AWAY) as caught, getattr(database, way)():
        raise kind("SELECT 1", secret, Exception("the connection is closed"), connection_invalidated=True)
    assert "what a prompt says" not in str(caught.value)


@pytest.mark.parametrize(
    "error",
    [
        exc.OperationalError("", None, Exception("server closed the connection unexpectedly")),
        exc.InterfaceError("", None, Exception("connection already closed")),
        exc.InternalError("", None, Exception("cannot execute INSERT in a read-only transaction")),
        exc.TimeoutError("QueuePool limit of size 8 overflow 200 reached"),
    ],
)
def test_each_absence_is_one_line_with_its_cure_for_a_command(error: Exception) -> None:
    assert isinstance(error, AWAY)
    line, code = one_line(error) or ("", 0)
    assert code == 1
    assert "PROMPTRELAY_DATABASE_URL" in line
