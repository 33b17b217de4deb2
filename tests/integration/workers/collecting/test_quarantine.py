"""A job that makes workers die is given up after three of them, and holds up no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.books.receipt import receipt
from promptrelay.database.attempts import claims, looks
from promptrelay.database.schema import attempts, jobs
from promptrelay.domain.account.name import DEFAULT_ACCOUNT
from promptrelay.domain.clock import CarriedTime
from promptrelay.domain.platform import Method
from tests.acceptance.project import until
from tests.checkout import ROOT
from tests.integration.workers.site import PLATFORM, Site
from tests.integration.workers.worker_process import WorkerProcess
from workers.collecting import ready_list
from workers.collecting.ready_list import fetch_listed
from workers.paying.standard import post_chunk

JOBS = 40
SETTINGS = {
    "CLAIM_LEASE_S": "3",
    "POLL_FIRST_S": "60",
    "SEND_WINDOW_S": "2",
    "CALL_DEADLINE_S": "3",
    "LIVE_LIMIT_S": "1",
}
DISPATCHER = ["-m", "promptrelay.cli.main", "dispatcher"]
WORKER = [str(ROOT / "tests/integration/workers/collecting/poisoned_worker.py")]


def test_a_job_that_kills_its_worker_thrice_is_quarantined_and_the_others_finish(
    open_site: Callable[..., Site], tmp_path: Path
) -> None:
    site = open_site(f"sqlite:///{tmp_path / 'promptrelay.sqlite3'}")
    run_id = site.submit(JOBS, poison=JOBS // 2)
    deaths, processes = 0, [WorkerProcess(site, DISPATCHER, **SETTINGS)]
    workers = [WorkerProcess(site, WORKER, **SETTINGS)]

    def over() -> bool:
        nonlocal deaths
        if workers[-1].process.poll() is not None:
            assert workers[-1].process.returncode == 9, workers[-1].log.read_text()
            deaths += 1
            workers.append(WorkerProcess(site, WORKER, **SETTINGS))
        if deaths == 3:
            # Answers that the dead had in their hands come again after three minutes; here at once.
            with site.rooms.database.write() as connection:
                looks.end_leases(connection, DEFAULT_ACCOUNT)
        return site.job_states() == {"done": JOBS - 1, "failed": 1}

    try:
        until(over, 150, lambda: f"{site.job_states()} after {deaths} deaths")
    finally:
        for process in (*processes, *workers):
            process.kill()
    assert deaths == 3
    found = receipt(site.rooms.database, run_id)
    assert found["reasons"] == {"quarantined": 1}
    assert len(site.provider.tasks()) == JOBS - 1
    assert site.provider.counters()["doubled_jobs"] == []


def test_neither_a_stopped_stack_nor_a_lost_redis_counts_as_a_death(site: Site) -> None:
    run_id = site.submit(3)
    database = site.rooms.database
    for _ in range(4):
        taken = site.claim(run_id)
        with database.write() as connection:
            # Published and never taken; then taken while Redis is lost.
            connection.execute(sa.update(jobs).values(lease_until=0.0))
            assert claims.end_stale_leases(connection) == 3
        assert site.claim(run_id) == taken
        with database.write() as connection:
            claims.take(connection, taken)
            assert claims.end_leases(connection, DEFAULT_ACCOUNT) == 3
            assert (
                claims.claim_suspect(connection, site.rooms.account, PLATFORM, Method.STANDARD, lease_s=60.0)
                == []
            )


def test_a_suspect_goes_out_alone_and_after_three_deaths_no_more(site: Site) -> None:
    run_id = site.submit(3)
    database = site.rooms.database
    taken = site.claim(run_id)
    for deaths in (1, 2, 3):
        with database.write() as connection:
            claims.take(connection, taken)
            connection.execute(sa.update(jobs).values(lease_until=0.0))
            claims.end_stale_leases(connection)
        assert site.claim(run_id) == [], "suspects travel with nobody"
        with database.write() as connection:
            alone = claims.claim_suspect(
                connection, site.rooms.account, PLATFORM, Method.STANDARD, lease_s=60.0
            )
            assert len(alone) == 1
            assert (
                claims.claim_suspect(connection, site.rooms.account, PLATFORM, Method.STANDARD, lease_s=60.0)
                == []
            )
            claims.give_back(connection, alone, wait_s=0.0)
        taken = taken[:1]
        assert site.job_states() == ({"queued": 3} if deaths < 3 else {"queued": 2, "failed": 1})
        with database.write() as connection:
            connection.execute(sa.update(jobs).where(jobs.c.id.in_(taken)).values(state="claimed"))


class Died(BaseException):
    """Stands for the end of the process: nothing of ours gets to run after it."""


def test_an_answer_that_kills_whoever_reads_it_is_left_alone_for_a_day(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = site.submit(4)
    post_chunk(site.rooms, PLATFORM, site.claim(run_id))
    database, killer = site.rooms.database, []
    real_look = ready_list.look

    def look(rooms: Any, attempt: sa.RowMapping, provider_id: str, time: CarriedTime) -> Any:
        if provider_id in killer:
            raise Died
        return real_look(rooms, attempt, provider_id, time)

    monkeypatch.setattr(ready_list, "look", look)
    killer.append(_waiting(site)[-1].provider_id)
    for deaths in (1, 2, 3):
        with pytest.raises(Died):
            fetch_listed(site.rooms, _hand_out(site, only=None if deaths == 1 else killer[0]))
        with database.write() as connection:
            connection.execute(sa.update(attempts).values(fetch_until=0.0))
            assert looks.count_deaths(connection) == (4 if deaths == 1 else 1)
    with database.read() as connection:
        (unreadable,) = connection.execute(sa.select(attempts.c.id).where(attempts.c.deaths >= 3)).scalars()
        assert looks.being_fetched(connection, [unreadable]) == {unreadable}
    with database.write() as connection:
        assert looks.end_leases(connection, DEFAULT_ACCOUNT) == 0
        due = {row.id for row in looks.take_due(connection, site.rooms.account, most=9, lease_s=60.0)}
    assert len(due) == 3
    assert unreadable not in due
    until(lambda: _fetch_others(site, killer[0]), 30)
    assert site.attempt_states() == {"settled": 3, "sent": 1}
    assert receipt(database, run_id)["unreadable_answers"] == 1
    killer.clear()
    fetch_listed(site.rooms, _hand_out(site, only=None))
    assert site.attempt_states() == {"settled": 4}


def _waiting(site: Site) -> list[Any]:
    with site.rooms.database.read() as connection:
        return list(
            connection.execute(
                sa.select(attempts.c.id, attempts.c.provider_id)
                .where(attempts.c.state == "sent")
                .order_by(attempts.c.id)
            ).all()
        )


def _hand_out(site: Site, *, only: str | None) -> list[tuple[str, str]]:
    pairs = [(row.id, row.provider_id) for row in _waiting(site) if only in (None, row.provider_id)]
    with site.rooms.database.write() as connection:
        looks.listed(connection, [key for key, _ in pairs], lease_s=60.0)
    return pairs


def _fetch_others(site: Site, killer: str) -> bool:
    fetch_listed(site.rooms, [pair for pair in _hand_out(site, only=None) if pair[1] != killer])
    return site.attempt_states().get("settled") == 3
