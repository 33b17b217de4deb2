"""Two provider accounts over one database and one Redis: each pays for its own runs and for no other."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import requests
import sqlalchemy as sa

from promptrelay.cli.dispatcher_opening import dispatcher_of
from promptrelay.database.schema import accounts, attempts, jobs, upkeep
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Method
from tests.integration.workers.live_calls import open_slots
from tests.integration.workers.paying.stage import Messages
from tests.integration.workers.site import PLATFORM, Site, open_site, provider
from workers.collecting.poll import poll
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk

__all__ = ["open_site", "provider"]

OURS, OTHERS = "brand-a", "brand-b"


@pytest.fixture
def ours(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url, account=OURS, live_start_window_s=2.0)


@pytest.fixture
def others(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url, account=OTHERS, live_start_window_s=2.0)


def paid_calls(site: Site) -> int:
    calls = requests.get(f"{site.provider.url}/admin/counters?tags=0", timeout=10).json()["calls"]
    return int(calls.get("task_post", 0) + calls.get("live", 0))


def column(site: Site, found: sa.ColumnElement[Any]) -> list[Any]:
    with site.rooms.database.read() as connection:
        return list(connection.execute(sa.select(found)).scalars())


def test_no_attempt_is_permitted_to_a_worker_of_another_account(ours: Site, others: Site) -> None:
    """A message that went to the wrong queue costs nothing, and no worker died of it."""
    claimed = ours.claim(ours.submit(3))
    post_chunk(others.rooms, PLATFORM, claimed)
    assert (paid_calls(ours), ours.attempt_states(), ours.job_states()) == (0, {}, {"queued": 3})
    assert column(ours, accounts.c.post_number) == [0, 0]
    assert column(ours, jobs.c.deaths) == [0, 0, 0]


def test_whoever_it_belongs_to_sends_it_afterwards(ours: Site, others: Site) -> None:
    run = ours.submit(2)
    post_chunk(others.rooms, PLATFORM, ours.claim(run))
    with ours.rooms.database.write() as connection:
        connection.execute(sa.update(jobs).values(due_at=0.0))
    post_chunk(ours.rooms, PLATFORM, ours.claim(run))
    assert (paid_calls(ours), ours.attempt_states()) == (1, {"sent": 2})
    assert set(column(ours, attempts.c.account)) == {OURS}


def test_a_live_call_of_another_account_takes_no_slot(ours: Site, others: Site) -> None:
    for site in (ours, others):
        open_slots(site)
    free = [site.rooms.slots.free(PLATFORM) for site in (ours, others)]
    run = ours.submit(1, method=Method.LIVE)
    (job_id,) = ours.claim(run, method=Method.LIVE)
    ask_live(others.rooms, PLATFORM, job_id)
    assert (paid_calls(ours), ours.attempt_states(), ours.job_states()) == (0, {}, {"queued": 1})
    assert [site.rooms.slots.free(PLATFORM) for site in (ours, others)] == free == [30, 30]


def test_an_answer_of_another_account_is_not_asked_for(ours: Site, others: Site) -> None:
    """With the other's credentials the provider would say that there is no such task."""
    post_chunk(ours.rooms, PLATFORM, ours.claim(ours.submit(1)))
    (attempt_id,) = column(ours, attempts.c.id)
    poll(others.rooms, attempt_id)
    assert ours.attempt_states() == {"sent": 1}
    assert (
        "task_get"
        not in requests.get(f"{ours.provider.url}/admin/counters?tags=0", timeout=10).json()["calls"]
    )


@pytest.mark.parametrize("method", [Method.STANDARD, Method.LIVE])
def test_a_dispatcher_hands_out_its_own_accounts_work_alone(
    ours: Site, others: Site, method: Method, redis_client: Any
) -> None:
    both = {
        site.settings.account: site.submit(2, name=site.settings.account, method=method)
        for site in (ours, others)
    }
    messages = Messages()
    open_slots(others)
    tick(others, messages, redis_client)
    published = {kind for kind, _ in messages.queued}
    assert published & {"post", "ask"}, "the other one's jobs were handed out"
    with ours.rooms.database.read() as connection:
        found = connection.execute(sa.select(jobs.c.run_id, jobs.c.state).distinct()).all()
    assert {tuple(row) for row in found} == {(both[OURS], "queued"), (both[OTHERS], "claimed")}


def tick(site: Site, messages: Messages, client: Any) -> None:
    dispatcher = dispatcher_of(
        site.settings,
        database=site.rooms.database,
        clock=SystemClock(),
        client=client,
        publisher=messages,  # type: ignore[arg-type]
    )
    dispatcher.tick()


def test_upkeep_of_one_account_is_no_turn_of_the_other(ours: Site, others: Site, redis_client: Any) -> None:
    """Else whichever came first would leave the other's balance unread."""
    for site in (ours, others):
        messages = Messages()
        tick(site, messages, redis_client)
        assert ("upkeep", ("upkeep.balance",)) in messages.queued
    named = {str(name).partition("/")[0] for name in column(ours, upkeep.c.name)}
    assert named == {OURS, OTHERS}
