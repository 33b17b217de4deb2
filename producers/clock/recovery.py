"""Recovery's part of the clock: when to search, when to sweep for late twins, how fast to post meanwhile."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.broker import RECOVER
from promptrelay.database import upkeep
from promptrelay.database.attempts import looks, unknown
from promptrelay.database.runs import witness_run
from promptrelay.domain.search_terms import ROWS_A_CALL

_LATE_TWINS_EVERY_S = 600.0
_IDLE_S = 5.0
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Recovery:
    """What the dispatcher does for attempts whose outcome is unknown, and for those that may turn up late."""

    account: str
    search_every_s: float
    watch_s: float
    """How long an attempt that was written off may still turn up: the provider's 72 h (P12)."""
    time_scale: float
    id_list_per_minute: int

    @property
    def rest_s(self) -> float:
        """How long an answer of which workers died again and again rests after each look."""
        return _DAY_S / self.time_scale

    def turns(self, connection: sa.Connection) -> list[str]:
        """The pieces of upkeep that are due now. Needs a writing transaction.

        Also with nothing unknown: a worker that died may have left a reply behind (P19, P31).
        """
        idle_s = 0.0 if unknown.exist(connection, self.account) else _IDLE_S
        due = upkeep.take_turn(connection, self.account, RECOVER, every_s=max(idle_s, self.search_every_s))
        return [RECOVER] if due else []

    def sweeps(self, connection: sa.Connection, already: list[str]) -> list[tuple[str, float]]:
        """Ready lists that are read for late twins alone, and how often: slowly (P12)."""
        watched = looks.watched(connection, self.account, younger_than_s=self.watch_s)
        return [(name, _LATE_TWINS_EVERY_S / self.time_scale) for name in watched if name not in already]

    def room(self, connection: sa.Connection, room: int) -> int:
        """How many more Standard jobs may be on their way.

        All of them while the list can be read for what is unknown within a minute; none at twice as many,
        but for the witness that would end it (P14).
        """
        readable = self.id_list_per_minute * ROWS_A_CALL
        beyond = unknown.count_standard(connection, self.account) - readable
        if beyond <= 0:
            return room
        return max(
            room * max(0, readable - beyond) // readable, witness_run.waiting(connection, self.account)
        )
