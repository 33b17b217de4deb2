"""A worker whose wall clock is an hour off writes no time into SQL and decides nothing by it (P27)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa

from promptrelay.database.clock import database_time
from promptrelay.database.schema import attempts, jobs
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState, JobState
from tests.acceptance.project import until
from tests.integration.workers.site import PLATFORM, Site
from workers.collecting.poll import LookAgain, poll
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk
from workers.rooms import Rooms

HOUR_S = 3600.0


class OffClock(SystemClock):
    """The machine's clock set wrong; what nobody can set is right."""

    def __init__(self, off_s: float) -> None:
        super().__init__()
        self._off_s = off_s

    def now(self) -> float:
        return super().now() + self._off_s


@pytest.fixture
def site(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url, live_start_window_s=3.0)


@pytest.fixture(params=[HOUR_S, -HOUR_S], ids=["an hour ahead", "an hour behind"])
def rooms(site: Site, request: pytest.FixtureRequest) -> Rooms:
    """The site's rooms under a wrong clock; the database keeps its own."""
    return replace(site.rooms, clock=OffClock(request.param))


def now(site: Site) -> float:
    with site.rooms.database.read() as connection:
        return database_time(connection)


def the_attempt(site: Site) -> sa.RowMapping:
    with site.rooms.database.read() as connection:
        return connection.execute(sa.select(attempts)).mappings().one()


def the_job(site: Site) -> sa.RowMapping:
    with site.rooms.database.read() as connection:
        return connection.execute(sa.select(jobs)).mappings().one()


def ended(site: Site, rooms: Rooms, timeout_s: float = 20.0) -> sa.RowMapping:
    """Looks until the provider has said how the only attempt ended."""
    clock = SystemClock()
    until = clock.boottime() + timeout_s
    while (row := the_attempt(site))["state"] == AttemptState.SENT:
        assert clock.boottime() < until
        try:
            poll(rooms, row["id"])
        except LookAgain:
            clock.sleep(0.02)
    return row


def test_the_first_look_at_what_was_posted_is_due_by_the_databases_clock(site: Site, rooms: Rooms) -> None:
    before = now(site)
    post_chunk(rooms, PLATFORM, site.claim(site.submit(1)))
    row = the_attempt(site)
    assert row["state"] == AttemptState.SENT
    first_s = rooms.pace.poll_first_s
    assert before + first_s <= row["due_at"] <= now(site) + first_s


def test_what_was_not_sent_is_due_again_by_the_databases_clock(site: Site, rooms: Rooms) -> None:
    claimed, before = site.claim(site.submit(1)), now(site)
    ended_in_between = replace(
        rooms, passes=lambda at: rooms.ending.set() if at == "standard.after_a" else None
    )
    post_chunk(ended_in_between, PLATFORM, claimed)
    assert (the_attempt(site)["state"], the_job(site)["state"]) == (AttemptState.REJECTED, JobState.QUEUED)
    assert before <= the_job(site)["due_at"] <= now(site) + 2.0


@pytest.mark.parametrize(
    ("is_old", "state"), [(False, AttemptState.FAILED), (True, AttemptState.EXPIRED)], ids=["young", "old"]
)
def test_whether_a_failed_task_is_expired_is_decided_by_the_databases_clock(
    site: Site, rooms: Rooms, is_old: bool, state: AttemptState
) -> None:
    """An hour is far more than the scaled 72 hours, and the choice decides a refund."""
    site.provider.change(task_40101=1)
    post_chunk(rooms, PLATFORM, site.claim(site.submit(1)))
    if is_old:
        with site.rooms.database.write() as connection:
            then = attempts.c.created_at - rooms.pace.standard_deadline_s
            connection.execute(sa.update(attempts).values(created_at=then))
    before = now(site)
    assert ended(site, rooms)["state"] == state
    assert before <= the_job(site)["due_at"] <= now(site) + rooms.pace.retry_wait_s


@pytest.mark.parametrize("method", [Method.STANDARD, Method.LIVE])
def test_an_answer_is_received_between_its_permission_and_its_settling(
    site: Site, rooms: Rooms, method: Method
) -> None:
    claimed = site.claim(site.submit(1, method=method), method=method)
    if method is Method.LIVE:
        until(rooms.slots.needs_seeding, 10)
        assert rooms.slots.seed({})
        assert rooms.allowance.take(Share.LIVE, wait_s=10), "the first one after an empty Redis takes longest"
        ask_live(rooms, PLATFORM, claimed[0])
    else:
        post_chunk(rooms, PLATFORM, claimed)
    row = ended(site, rooms)
    assert row["state"] == AttemptState.SETTLED
    assert row["created_at"] <= row["received_at"] <= row["settled_at"]
