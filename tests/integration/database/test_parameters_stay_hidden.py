"""What a database refuses is told without what was to be written: a prompt belongs in no message."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from promptrelay.database.database import Database
from promptrelay.database.schema import runs

SECRET = "a prompt that nobody else may read"


def test_a_refused_statement_names_no_value(database: Database) -> None:
    with pytest.raises(sa.exc.DBAPIError) as told, database.write() as connection:
        connection.execute(sa.insert(runs).values(id=SECRET))
    assert SECRET not in str(told.value)
