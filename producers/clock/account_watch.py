"""Pauses provider accounts at their limits, says why once, and lets them go on when the cause is gone."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

import sqlalchemy as sa

from promptrelay.database.accounts import accounts
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.account.standing import AccountStanding
from promptrelay.domain.account.stopping import enough, is_mended, limit_reached

log = logging.getLogger(__name__)

_MANY = 1_000_000


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an account should do now: pause for a cause, or without one go on."""

    cause: Cause | None = None
    reason: str = ""


@dataclass(slots=True)
class AccountWatch:
    """Looks at every account once a tick."""

    database: Database
    _standings: dict[str, AccountStanding] = field(default_factory=dict)

    def tend(self) -> None:
        """Begin a new day, end the pauses that are over, and pause what has reached a limit."""
        with self.database.read() as connection:
            self._standings = _by_name(connection)
            is_quiet = not accounts.is_new_day(connection) and not any(
                self._verdict(connection, found) for found in self._standings.values()
            )
        # Four times a second: whoever writes keeps others from writing.
        if not is_quiet:
            self._change()

    def _change(self) -> None:
        with self.database.write() as connection:
            accounts.begin_day(connection)
            before = _by_name(connection)
            changed = [name for name, found in before.items() if self._apply(connection, found)]
            self._standings = _by_name(connection)
        # Said when it is committed, and then once: another dispatcher has found nothing left to change.
        for name in changed:
            _say(before[name], self._standings[name])

    def _verdict(self, connection: sa.Connection, found: AccountStanding) -> Verdict | None:
        if found.cause is not None:
            return Verdict() if is_mended(found, found.one, database_time(connection)) else None
        full = found.room is not None and found.room < found.one
        wanted = full and accounts.is_wanted(connection, found.name)
        reached = limit_reached(found, found.one, wanted=wanted)
        return Verdict(*reached) if reached else None

    def _apply(self, connection: sa.Connection, found: AccountStanding) -> bool:
        verdict = self._verdict(connection, found)
        if verdict is None:
            return False
        if verdict.cause is None:
            return accounts.resume(connection, found.name, cause=found.cause)
        needed = enough(found, found.one) if verdict.cause is Cause.FUNDS else None
        return accounts.pause(
            connection, found.name, reason=verdict.reason, resume_at=None, cause=verdict.cause, needed=needed
        )

    def room(self, name: str) -> int:
        """How many more jobs may be sent for the account; of one that nobody knows, none."""
        standing = self._standings.get(name)
        return 0 if standing is None else standing.fits(standing.one, _MANY)


def _by_name(connection: sa.Connection) -> dict[str, AccountStanding]:
    return {found.name: found for found in accounts.standings(connection)}


def _say(before: AccountStanding, after: AccountStanding) -> None:
    if after.cause is None:
        log.info("account.resumed", extra={"account": after.name, "cause": before.cause})
    else:
        log.error("account.paused", extra={"account": after.name, "cause": after.cause, "why": after.reason})
