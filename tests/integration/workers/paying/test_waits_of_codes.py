"""A refused job is left alone for as long as its code asks, and such a refusal is no paid try (P16)."""

from __future__ import annotations

import logging
import time

import pytest
import sqlalchemy as sa

from promptrelay.database.clock import database_time
from promptrelay.database.schema import jobs
from tests.acceptance.project import until
from tests.integration.workers.site import PLATFORM, Site
from workers.paying.standard import post_chunk


def refused(site: Site, code: int, times: int) -> str:
    site.provider.change(**{f"entry_{code}": f"{times}x"})
    return site.submit(1)


def post_when_due(site: Site, run_id: str) -> None:
    claimed: list[str] = []
    until(lambda: claimed.extend(site.claim(run_id)) or claimed, 20)
    post_chunk(site.rooms, PLATFORM, claimed)


def wait_s(site: Site) -> float:
    """In how many of the provider's seconds the job is due."""
    with site.rooms.database.read() as connection:
        due_at = connection.execute(sa.select(jobs.c.due_at)).scalar_one()
        return float(due_at - database_time(connection)) * site.rooms.pace.time_scale


@pytest.mark.parametrize(("code", "least_s"), [(50301, 30), (50303, 180), (50304, 900), (40006, 30)])
def test_a_refused_job_waits_as_long_as_the_code_asks(site: Site, code: int, least_s: float) -> None:
    run_id = refused(site, code, 1)
    began = time.monotonic()
    post_chunk(site.rooms, PLATFORM, site.claim(run_id))
    spent_s = (time.monotonic() - began) * site.rooms.pace.time_scale
    assert least_s - spent_s <= wait_s(site) <= least_s


def test_during_an_update_nothing_is_posted_again_before_its_time(site: Site) -> None:
    run_id = refused(site, 50303, 2)
    began = time.monotonic()
    for _ in range(3):
        post_when_due(site, run_id)
    assert (time.monotonic() - began) * site.rooms.pace.time_scale >= 2 * 180
    assert site.provider.posts() == 3
    assert site.attempt_states() == {"rejected": 2, "sent": 1}


@pytest.mark.parametrize("code", [50304, 40006])
def test_refusals_for_nothing_use_up_no_paid_try(
    site: Site, code: int, caplog: pytest.LogCaptureFixture
) -> None:
    tries = site.rooms.pace.max_attempts + 2
    run_id = refused(site, code, tries)
    with caplog.at_level(logging.ERROR):
        for _ in range(tries + 1):
            post_when_due(site, run_id)
    assert site.job_states() == {"in_flight": 1}
    with site.rooms.database.read() as connection:
        assert connection.execute(sa.select(jobs.c.tries)).scalar_one() == 0
    alarms = [record for record in caplog.records if record.message == "provider.alarm"]
    assert len(alarms) == (tries if code == 50304 else 0)
