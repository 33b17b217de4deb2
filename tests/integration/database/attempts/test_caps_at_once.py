"""However many workers ask at once, reservations never pass a cap (P22)."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
import sqlalchemy as sa

from promptrelay.database.attempts.permission import NoRoom
from promptrelay.database.attempts.recording import record
from promptrelay.database.database import Database
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.domain.evidence import NotSent
from promptrelay.domain.money import Usd
from promptrelay.domain.states import JobState
from tests.integration.database.books import TERMS
from tests.integration.database.crowd import EACH, job_ids, open_runs, permit_jobs

WORKERS, RUNS, JOBS_EACH = 8, 2, 40
FITS = 17
CAP = Usd(EACH.cost.nanos * FITS + 1)
WORK_DEADLINE_S = 60.0


@pytest.mark.parametrize("kind", ["a run's cap", "the account's daily cap"])
def test_eight_workers_never_reserve_more_than_the_cap(
    kind: str, database: Database, open_database: Callable[[], Database]
) -> None:
    caps = {"max_cost": CAP} if kind == "a run's cap" else {"daily_cap": CAP}
    open_runs(database, RUNS, JOBS_EACH, state=JobState.CLAIMED, **caps)
    highest: list[int] = []
    threads = [
        threading.Thread(target=_work, args=(open_database(), number, kind, highest))
        for number in range(WORKERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(WORK_DEADLINE_S + 30)
        assert not thread.is_alive()
    assert len(highest) > WORKERS
    assert max(highest) <= FITS * EACH.cost.nanos
    _fill(database)
    assert _reserved(database, kind) == FITS * EACH.cost.nanos
    with database.read() as connection:
        sent = connection.execute(
            sa.select(sa.func.count()).where(attempts.c.state == "sending", attempts.c.run_id == _RUN)
        )
        if kind == "a run's cap":
            assert sent.scalar_one() == FITS


_RUN = f"01RUN{0:021d}"


def _work(database: Database, number: int, kind: str, highest: list[int]) -> None:
    chance = random.Random(number)
    # Each sends for one run, so that only the account's row is between them.
    everything = job_ids(number % RUNS, JOBS_EACH)
    refused, give_up = 0, time.monotonic() + WORK_DEADLINE_S
    # A cap that refuses nobody is seen at once, and one that is never reached at the deadline.
    while refused < 6 and max(highest, default=0) <= CAP.nanos and time.monotonic() < give_up:
        chosen = chance.sample(everything, chance.randint(1, 9))
        try:
            with database.write() as connection:
                sent = permit_jobs(connection, chosen)
        except NoRoom:
            refused += 1
            sent = []
        highest.append(_reserved(database, kind))
        if sent and chance.random() < 0.3:
            # What was not sent makes room again, and others race for it.
            with database.write() as connection:
                evidence = [NotSent(attempt_id=item.attempt_id, retry_in_s=0.0) for item in sent]
                record(connection, evidence, terms=TERMS, max_tries=9)
                # Claimed again at once, as by a dispatcher: without jobs to send nobody would be refused.
                again = jobs.c.id.in_([item.job_id for item in sent]) & (jobs.c.state == JobState.QUEUED)
                connection.execute(sa.update(jobs).where(again).values(state=JobState.CLAIMED))


def _fill(database: Database) -> None:
    """One after the other until nothing fits any more."""
    for key in [key for run_no in range(RUNS) for key in job_ids(run_no, JOBS_EACH)]:
        with suppress(NoRoom), database.write() as connection:
            permit_jobs(connection, [key])


def _reserved(database: Database, kind: str) -> int:
    with database.read() as connection:
        amounts = list(connection.execute(sa.select(runs.c.reserved_nanos)).scalars())
    return max(amounts) if kind == "a run's cap" else sum(amounts)
