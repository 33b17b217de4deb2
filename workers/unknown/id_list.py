"""The list of all tasks, with the provider's clock measured on every page (P14)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.dataforseo.wire.rows import IdPage

Ask = Callable[[datetime, datetime, int], IdPage]
"""Asks the provider for a page between two moments from an offset on; raises ProviderError."""

_DATE_STEP_S = 1.0
"""A `Date` header shows whole seconds."""
_MARGIN_S = 2.0


@dataclass(slots=True)
class Skew:
    """How far the provider's clock is ahead of the database's, between two bounds."""

    least_s: float
    most_s: float


class IdList:
    """Pages of the list for windows in the database's time."""

    def __init__(self, database: Database, ask: Ask) -> None:
        self._database = database
        self._ask = ask
        self._skew: Skew | None = None

    def to_theirs(self, since: float, until: float) -> tuple[float, float]:
        """The database's stretch of time as one of the provider's that surely covers it."""
        skew = self._measured()
        return since + skew.least_s - _MARGIN_S, until + skew.most_s + _MARGIN_S

    def page(self, since: float, until: float, offset: int) -> IdPage:
        """A page of what was posted in that window of the provider's time. Raises ProviderError."""
        before = self._now()
        found = self._ask(datetime.fromtimestamp(since, UTC), datetime.fromtimestamp(until, UTC), offset)
        after = self._now()
        if found.server_date is not None:
            self._skew = Skew(found.server_date - after, found.server_date + _DATE_STEP_S - before)
        return found

    def _measured(self) -> Skew:
        if self._skew is None:
            at = self._now()
            self.page(at - 1.0, at, 0)
        # A provider without a `Date` header is taken to have our time.
        self._skew = self._skew or Skew(0.0, 0.0)
        return self._skew

    def _now(self) -> float:
        with self._database.read() as connection:
            return database_time(connection)
