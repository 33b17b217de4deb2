"""A database that went back in time pays for nothing again, and gets every answer (P30)."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from decimal import Decimal

import redis
import sqlalchemy as sa

from promptrelay.answers.layout import post_numbers
from promptrelay.database.accounts import accounts
from promptrelay.database.attempts import ledger
from promptrelay.database.schema import attempts
from promptrelay.domain.platform import Method
from tests.acceptance.project import until
from tests.integration.workers.restored.going_back import copy_of, restore
from tests.integration.workers.site import PLATFORM, Site
from workers.collecting.ready_list import fetch_listed
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk
from workers.post_numbers import compare
from workers.restored.catch_up import CaughtUp, catch_up
from workers.unknown.recover import ask_list

CHUNK, LIVE = 70, 3


def _quickly(site: Site) -> Site:
    """The provider here lists at once, so that there is little to wait for."""
    pace = dataclasses.replace(site.rooms.pace, last_word_s=2.0)
    return dataclasses.replace(site, rooms=dataclasses.replace(site.rooms, pace=pace))


def _post(site: Site, run_id: str) -> None:
    post_chunk(site.rooms, PLATFORM, site.claim(run_id, CHUNK))


def _state(site: Site) -> tuple[str, str]:
    with site.rooms.database.read() as connection:
        found = accounts.find(connection, site.settings.account)
    assert found is not None
    return found["state"], found["reason"] or ""


def _catch_up(site: Site) -> CaughtUp:
    found: list[CaughtUp] = []

    def caught() -> bool:
        done = catch_up(site.rooms, lambda *asked: ask_list(site.rooms, *asked))
        found.extend([done] if done else [])
        return bool(found)

    until(caught, 60)
    return found[0]


def _collect(site: Site) -> None:
    def fetched() -> bool:
        with site.rooms.database.read() as connection:
            waiting = connection.execute(
                sa.select(attempts.c.id, attempts.c.provider_id).where(attempts.c.state.in_(("sent", "late")))
            ).all()
        fetch_listed(site.rooms, [(row.id, row.provider_id) for row in waiting])
        with site.rooms.database.read() as connection:
            return not connection.execute(
                sa.select(attempts.c.id).where(attempts.c.state.in_(("sent", "late")))
            ).first()

    until(fetched, 60)


def _check_books(site: Site) -> None:
    assert site.provider.counters()["doubled_jobs"] == []
    with site.rooms.database.read() as connection:
        ours = ledger.balances(connection)
    theirs = site.provider.books()["nano_rounded"]
    assert Decimal(str(-ours["provider"])) == Decimal(theirs["net"])
    assert not ours["held"]


def test_what_was_sent_after_the_backup_is_adopted_and_not_sent_again(
    open_site: Callable[..., Site], database_url: str
) -> None:
    site = _quickly(open_site(database_url, live_start_window_s=2.0))
    site.provider.change(live_latency_s=60, id_list_lag_s=1)
    until(site.rooms.slots.needs_seeding, 10)
    assert site.rooms.slots.seed({})
    run_id, live = site.submit(3 * CHUNK), site.submit(LIVE, name="live", method="live")
    _post(site, run_id)
    backup = copy_of(site.rooms.database)
    # Everything of this is unknown to the backup: two chunks, Live answers, and a run as a whole.
    _post(site, run_id)
    _post(site, run_id)
    for job_id in site.claim(live, LIVE, Method.LIVE):
        ask_live(site.rooms, PLATFORM, job_id)
    forgotten = site.submit(5, name="forgotten")
    _post(site, forgotten)
    posts = site.provider.posts()
    restore(site.rooms.database, backup)

    _post(site, run_id)
    state, reason = _state(site)
    assert (state, "went" in reason or "older" in reason) == ("behind", True)
    assert site.claim(run_id), "its jobs look as if they had never been sent"
    for job_id in site.claim(live, LIVE, Method.LIVE):
        ask_live(site.rooms, PLATFORM, job_id)
    assert site.provider.posts() == posts

    with site.rooms.database.write() as connection:
        pause_all = accounts.pause(connection, site.settings.account, reason="-", resume_at=None)
        assert pause_all
        assert accounts.resume(connection, site.settings.account) is False
    done = _catch_up(site)
    assert (done.put_back, done.live_answers, len(done.strangers)) == (2 * CHUNK + LIVE, LIVE, 5)
    assert _state(site) == ("ok", "")
    _post(site, run_id)
    assert site.provider.posts() == posts
    _collect(site)
    assert site.job_states() == {"done": 3 * CHUNK + LIVE}
    assert site.provider.counters()["doubled_jobs"] == []
    new = site.submit(4, name="new")
    _post(site, new)
    assert site.provider.posts() == posts + 1
    _collect(site)
    _check_books_but_for(site, strangers=5)


def _check_books_but_for(site: Site, *, strangers: int) -> None:
    """What a run cost that the database never heard of is the whole difference."""
    with site.rooms.database.read() as connection:
        ours = ledger.balances(connection)
    unknown = [
        task for task in site.provider.tasks() if task["request"]["user_prompt"].startswith("forgotten")
    ]
    assert len(unknown) == strangers
    theirs = Decimal(site.provider.books()["nano_rounded"]["net"])
    lost = sum((Decimal(task["net_nano_rounded"]) for task in unknown), Decimal(0))
    assert Decimal(str(-ours["provider"])) == theirs - lost
    assert not ours["held"]


def test_either_memory_alone_is_enough_to_notice(
    open_site: Callable[..., Site], redis_client: redis.Redis, database_url: str
) -> None:
    site = _quickly(open_site(database_url))
    run_id = site.submit(3 * CHUNK)
    _post(site, run_id)
    backup = copy_of(site.rooms.database)
    _post(site, run_id)
    assert compare(site.rooms)
    posts = site.provider.posts()

    redis_client.flushall()
    restore(site.rooms.database, backup)
    _post(site, run_id)
    assert _state(site)[0] == "behind", "Redis was lost and the store remembers"

    for mark in list(site.rooms.answers.list(post_numbers(site.settings.account, site.rooms.deployment))):
        site.rooms.answers.delete(mark.key)
    restore(site.rooms.database, backup)
    _post(site, run_id)
    assert _state(site)[0] == "behind", "the store was lost and Redis remembers"
    assert site.provider.posts() == posts
    with site.rooms.database.write() as connection:
        accounts.pause(connection, site.settings.account, reason="-", resume_at=None)
    _catch_up(site)
    assert _state(site)[0] == "paused", "the operator's word outlives the catching up"
    _collect(site)
    _check_books(site)
