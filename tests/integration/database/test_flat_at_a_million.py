"""What is asked many times a second reads what is due, and neither the backlog nor what is over."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.database import next_due, tending
from promptrelay.database.accounts import accounts
from promptrelay.database.attempts import claims, live_calls, looks, unknown
from promptrelay.database.attempts.permission import permit, unresolved
from promptrelay.database.database import Database
from promptrelay.database.runs import caps, runs
from promptrelay.database.segments import compaction
from promptrelay.domain.clock import BootTime
from tests.integration.database.crowded import BIG, crowd
from tests.integration.database.reading import reading


def _permitted(connection: sa.Connection) -> None:
    taken = claims.claim(connection, BIG, "claude", "standard", most=100, lease_s=60.0)
    moment = BootTime("b", 1.0)
    kind = ("claude", "standard")
    sent = permit(connection, taken, account="default", kind=kind, moment=moment, send_window_s=1.0)
    assert len(sent) == 100


MOST = {True: 60_000, False: 6_000}
"""Steps of SQLite, rows of PostgreSQL: the same for every size, so what grows with a run is found."""
LARGE = {"attempts", "deliveries", "jobs", "provider_tasks", "rows"}
WORK: dict[str, Callable[[sa.Connection], Any]] = {
    "overdue sendings": lambda c: unresolved(c, "b", 1e9, deadline_s=1.0, window_s=1.0),
    "tending": tending.is_due,
    "deaths": looks.count_deaths,
    "stale leases": claims.end_stale_leases,
    "stopping at caps": caps.stop_at_caps,
    "finishing": runs.finish_done,
    "standings": accounts.standings,
    "wanted": lambda c: accounts.is_wanted(c, "default"),
    "unfinished runs": lambda c: runs.unfinished(c, "default"),
    "claimed": lambda c: claims.claimed(c, "default"),
    "in a call": lambda c: claims.in_call(c, "default"),
    "wanting": lambda c: claims.wanting(c, "default"),
    "claiming": lambda c: claims.claim(c, BIG, "claude", "standard", most=100, lease_s=60.0),
    "suspects": lambda c: claims.claim_suspect(c, "default", "claude", "standard", lease_s=60.0),
    "permission": _permitted,
    "due looks": lambda c: looks.take_due(c, "default", most=60, lease_s=60.0),
    "last looks": lambda c: looks.take_due(c, "default", most=60, lease_s=60.0, older_than_s=1e9),
    "suspected": lambda c: claims.suspected(c, "default"),
    "looks": lambda c: looks.is_due(c, "default"),
    "last looks due": lambda c: looks.is_due(c, "default", older_than_s=1e9),
    "busy": lambda c: next_due.is_busy(c, "default"),
    "next due": lambda c: next_due.next_due_s(c, "default", polls=True),
    "outstanding": lambda c: looks.outstanding(c, "default"),
    "watched": lambda c: looks.watched(c, "default", younger_than_s=1.0),
    "usual latency": lambda c: looks.usual_latency_s(c, "default", "claude", "m"),
    "latency of a new model": lambda c: looks.usual_latency_s(c, "default", "claude", "new"),
    "unknown": lambda c: unknown.count_standard(c, "default"),
    "live calls": lambda c: live_calls.running(c, "default", lease_s=60.0),
    "piles": lambda c: compaction.piles(c, "default"),
    "manifests": lambda c: compaction.without_manifest(c, "default"),
}


@pytest.mark.parametrize(
    ("jobs", "small_runs"), [(20_000, 500), pytest.param(200_000, 2_000, marks=pytest.mark.long)]
)
def test_nothing_asked_every_tick_grows_with_the_backlog(
    database: Database, jobs: int, small_runs: int
) -> None:
    crowd(database, jobs=jobs, runs=small_runs)
    found = {name: reading(database, work) for name, work in WORK.items()}
    too_much = {
        name: (one.amount, sorted(one.scanned & LARGE), one.plans)
        for name, one in found.items()
        if one.amount > MOST[database.is_sqlite] or one.scanned & LARGE
    }
    assert not too_much
