"""Whatever fails between transaction A and the first byte: nothing was sent, nor looks as if (P2, P16)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from promptrelay.database.schema import jobs
from promptrelay.dataforseo.client import ProviderClient
from promptrelay.dataforseo.errors import NotSent
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.domain.platform import Method
from tests.integration.workers.live_calls import open_slots
from tests.integration.workers.site import PLATFORM, Site
from workers.paying import live, send_window, standard
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk

JOBS = 3
TROUBLE = {
    "database away": sa.exc.OperationalError("SELECT", None, Exception("server closed the connection")),
    "server is a standby": sa.exc.InternalError("SELECT", None, Exception("read-only")),
    "no connection free": sa.exc.TimeoutError("QueuePool limit reached"),
    "another state of the schema": sa.exc.ProgrammingError("SELECT", None, Exception("no such column")),
    "Redis away": redis.ConnectionError("Connection refused"),
    "nobody foresaw it": RuntimeError("can't start new thread"),
}


@pytest.fixture
def site(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url, live_start_window_s=3.0)


@pytest.fixture(params=[Method.STANDARD, Method.LIVE])
def send(site: Site, request: pytest.FixtureRequest) -> Callable[[], None]:
    """Sends the jobs of a new run in that way."""

    def standard_way() -> None:
        post_chunk(site.rooms, PLATFORM, site.claim(site.submit(JOBS)))

    def live_way() -> None:
        claimed = site.claim(site.submit(JOBS, method="live"), method=Method.LIVE)
        open_slots(site)
        for job_id in claimed:
            assert site.rooms.allowance.take(Share.LIVE, wait_s=10)
            ask_live(site.rooms, PLATFORM, job_id)

    return live_way if request.param is Method.LIVE else standard_way


def check_the_slots_are_free(site: Site) -> None:
    """Nobody opens them for Standard tasks."""
    with site.rooms.database.read() as connection:
        is_live = connection.execute(sa.select(jobs.c.method)).scalars().first() == Method.LIVE
    assert site.rooms.slots.free(PLATFORM) == (30 if is_live else 0)


def check_nothing_was_sent(site: Site) -> None:
    assert site.provider.posts() == 0
    assert site.attempt_states() == {"rejected": JOBS}
    assert site.job_states() == {"queued": JOBS}
    with site.rooms.database.read() as connection:
        found = connection.execute(sa.select(jobs.c.tries, jobs.c.deaths, jobs.c.taken)).all()
    assert found == [(0, 0, False)] * JOBS, "neither a paid try nor a death"
    check_the_slots_are_free(site)


@pytest.mark.parametrize("what", ["still_permitted", "use"])
@pytest.mark.parametrize("trouble", TROUBLE)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_trouble_inside_the_check_is_not_sent(
    site: Site, send: Callable[[], None], trouble: str, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise TROUBLE[trouble]

    monkeypatch.setattr(send_window, what, fails)
    send()
    check_nothing_was_sent(site)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_real_connection_that_is_cut_in_the_check_is_not_sent(
    site: Site, send: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    real, cut = send_window.still_permitted, []

    def cut_first(connection: sa.Connection, attempt_ids: Any) -> bool:
        cut.append(connection.exec_driver_sql("SELECT pg_terminate_backend(pg_backend_pid())"))
        return real(connection, attempt_ids)

    monkeypatch.setattr(send_window, "still_permitted", cut_first)
    send()
    check_nothing_was_sent(site)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_task_that_cannot_be_written_down_is_not_sent(
    site: Site, send: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(*_: Any, **__: Any) -> None:
        raise ValueError("no JSON")

    for module in (standard, live):
        monkeypatch.setattr(module, "encode_tasks", fails)
    with pytest.raises(ValueError, match="no JSON"):
        send()
    assert site.provider.posts() == 0
    assert site.attempt_states().keys() == {"rejected"}
    check_the_slots_are_free(site)


def test_a_call_for_which_there_is_no_thread_is_not_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    client = ProviderClient("http://127.0.0.1:9", "a", "b")
    monkeypatch.setattr(threading.Thread, "start", fails)
    with pytest.raises(NotSent):
        client.post_tasks(PLATFORM, b"[{}]", check=lambda: None)
