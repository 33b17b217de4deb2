"""Pauses provider accounts at their limits, says why once, and lets them go on when the cause is gone."""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import dataclass, field

import sqlalchemy as sa

from promptrelay.database import accounts
from promptrelay.database.clock import moment
from promptrelay.database.database import Database
from promptrelay.domain.account import Cause, Standing, enough, is_mended, limit_reached
from promptrelay.domain.money import Usd

log = logging.getLogger(__name__)

_MANY = 1_000_000


@dataclass(slots=True)
class AccountWatch:
    """Looks at every account once a tick; `one` is what the next job sets aside at most."""

    database: Database
    one: Usd
    _standings: dict[str, Standing] = field(default_factory=dict)

    def tend(self) -> None:
        """Begin a new day, end the pauses that are over, and pause what has reached a limit."""
        with self.database.write() as connection:
            accounts.begin_day(connection)
            before = {found.name: found for found in accounts.standings(connection)}
            changed = [name for name, found in before.items() if self._tend(connection, found)]
            after = {found.name: found for found in accounts.standings(connection)} if changed else before
        # Said when it is committed, and then once: another dispatcher's update has found nothing to change.
        for name in changed:
            _say(before[name], after[name])
        self._standings = after

    def _tend(self, connection: sa.Connection, found: Standing) -> bool:
        if found.cause is not None:
            mended = is_mended(found, self.one, moment(connection))
            return mended and accounts.resume(connection, found.name, cause=found.cause)
        full = found.room is not None and found.room < self.one
        wanted = full and accounts.is_wanted(connection, found.name)
        reached = limit_reached(found, self.one, wanted=wanted)
        if reached is None:
            return False
        cause, reason = reached
        needed = enough(found, self.one) if cause is Cause.FUNDS else None
        return accounts.pause(
            connection, found.name, reason=reason, resume_at=None, cause=cause, needed=needed
        )

    def room(self, names: Collection[str]) -> int:
        """How many more jobs may be sent for the one of these accounts that has most room."""
        found = (self._standings[name] for name in names if name in self._standings)
        return max((standing.fits(self.one, _MANY) for standing in found), default=0)

    def may_send(self, name: str) -> bool:
        """Whether anything new may be sent for the account."""
        return self.room([name]) > 0


def _say(before: Standing, after: Standing) -> None:
    if after.cause is None:
        log.info("account.resumed", extra={"account": after.name, "cause": before.cause})
    else:
        log.error("account.paused", extra={"account": after.name, "cause": after.cause, "why": after.reason})
