"""The database as a check opens it: soon given up, and never made."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa

from config.settings import Settings
from promptrelay.database.database import Database
from promptrelay.domain.clock import SystemClock
from promptrelay.wiring import database_url

_TIMEOUT_S = "3"


@contextmanager
def looked_at(settings: Settings) -> Iterator[Database | None]:
    """The database, to be read only; None while the embedded one has not been made."""
    url = sa.engine.make_url(database_url(settings))
    if url.get_backend_name() == "sqlite":
        # Opening it would make the file.
        if url.database is None or not Path(url.database).exists():
            yield None
            return
    else:
        url = url.update_query_dict({"connect_timeout": _TIMEOUT_S})
    database = Database(url.render_as_string(hide_password=False), SystemClock())
    try:
        yield database
    finally:
        database.close()
