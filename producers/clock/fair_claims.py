"""Claims due jobs of one kind in fair order, as many as there is room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import sqlalchemy as sa

from producers.clock.fair_order import Contender, deal
from promptrelay.database.attempts import claims
from promptrelay.database.attempts.claims import Kind
from promptrelay.database.database import Database
from promptrelay.domain.platform import Method, Platform


@dataclass(slots=True)
class FairClaims:
    """Remembers whom it served last, so that equals take turns even if there is room for one at a time."""

    account: str
    database: Database
    lease_s: float
    _wanting: dict[Kind, set[str]] = field(default_factory=dict)
    _on_the_way: Counter[tuple[str, Kind]] = field(default_factory=Counter)
    _served: dict[tuple[str, Kind], int] = field(default_factory=dict)
    _count: int = 0

    def look(self, connection: sa.Connection) -> Counter[Kind]:
        """Read who wants what, and what is on its way already; returns how many of each kind are claimed."""
        self._wanting = claims.wanting(connection, self.account)
        claimed = claims.claimed(connection, self.account)
        self._on_the_way = claimed + claims.in_call(connection, self.account)
        wanted = {(run_id, kind) for kind, runs in self._wanting.items() for run_id in runs}
        self._served = {key: count for key, count in self._served.items() if key in wanted}
        totals: Counter[Kind] = Counter()
        for (_, kind), count in claimed.items():
            totals[kind] += count
        return totals

    def waiting_for_slots(self) -> list[Platform]:
        """The platforms that Live jobs wait for."""
        return [platform for platform in Platform if self._wanting.get((platform, Method.LIVE))]

    def claim(self, contenders: Sequence[Contender], kind: Kind, room: int) -> list[str]:
        """The ids of the jobs claimed. Commit first, publish after: a lost message's claim ends by itself."""
        wanting = self._wanting.get(kind, set())
        left = [contender for contender in contenders if contender.run_id in wanting]
        taken: list[str] = []
        if room <= 0 or not left:
            return taken
        with self.database.write() as connection:
            while left and len(taken) < room:
                left = self._claim_once(connection, left, kind, room - len(taken), taken)
        return taken

    def _claim_once(
        self,
        connection: sa.Connection,
        contenders: Sequence[Contender],
        kind: Kind,
        room: int,
        taken: list[str],
    ) -> list[Contender]:
        """Deal the room and claim; those of the contenders that may have more."""
        dealt = deal([self._now(contender, kind) for contender in contenders], room)
        used_up = set()
        for run_id, share in dealt.items():
            found = claims.claim(connection, run_id, *kind, most=share, lease_s=self.lease_s)
            taken += found
            self._on_the_way[run_id, kind] += len(found)
            self._count += 1
            self._served[run_id, kind] = self._count
            if len(found) < share:
                used_up.add(run_id)
        return [contender for contender in contenders if contender.run_id not in used_up]

    def _now(self, contender: Contender, kind: Kind) -> Contender:
        key = contender.run_id, kind
        return replace(contender, on_the_way=self._on_the_way[key], served=self._served.get(key, 0))
