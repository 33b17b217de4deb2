"""Whoever can write to Redis pays for nothing that nobody wants, and ends no worker."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from promptrelay.broker import ASK, POST, live_queue
from promptrelay.database.schema import jobs
from promptrelay.domain.ids import new_id
from promptrelay.domain.platform import Method, Platform
from tests.acceptance.project import until
from tests.integration.workers.live_calls import open_slots
from tests.integration.workers.site import PLATFORM, Site, open_site, provider, site
from tests.integration.workers.worker_process import WorkerProcess
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk

__all__ = ["open_site", "provider", "site"]

OTHER = Platform.CLAUDE


@pytest.fixture
def worker(site: Site) -> Iterator[WorkerProcess]:
    """A worker of Standard and of one platform's Live queue."""
    queues = [POST, "upkeep", live_queue(PLATFORM)]
    command = ["-m", "promptrelay.cli.main", "worker", *queues, "--concurrency", "2"]
    started = WorkerProcess(site, command)
    try:
        until(started.is_ready, 40)
        yield started
    finally:
        started.kill()


def message(queue: str, task: str, *arguments: Any) -> str:
    """A message as Celery writes it, with whatever in it."""
    key = str(uuid.uuid4())
    body = json.dumps([arguments, {}, {"callbacks": None, "errbacks": None, "chain": None, "chord": None}])
    return json.dumps(
        {
            "body": body,
            "content-type": "application/json",
            "content-encoding": "utf-8",
            "headers": {"lang": "py", "task": task, "id": key, "root_id": key, "retries": 0},
            "properties": {
                "correlation_id": key,
                "delivery_mode": 2,
                "delivery_tag": key,
                "delivery_info": {"exchange": "", "routing_key": queue},
                "priority": 0,
            },
        }
    )


def test_nothing_that_stands_in_a_queue_ends_a_worker(
    site: Site, worker: WorkerProcess, redis_client: redis.Redis
) -> None:
    for text in ("no JSON at all", "[1, 2]", '{"a": 1}', '"x"', "null", b"\xff\xfe", "[" * 5000):
        redis_client.lpush(POST, text)
    many = [new_id() for _ in range(107)]
    for arguments in (
        (PLATFORM, many),
        ("copilot", many[:1]),
        (PLATFORM, "abc"),
        (PLATFORM, [7, None]),
        (),
        (1,),
    ):
        redis_client.lpush(POST, message(POST, POST, *arguments))
    for arguments in ((PLATFORM, many[0]), (PLATFORM, {"a": 1}), ("copilot", many[0])):
        redis_client.lpush(live_queue(PLATFORM), message(live_queue(PLATFORM), ASK, *arguments))
    claimed = site.claim(site.submit(2))
    redis_client.lpush(POST, message(POST, POST, PLATFORM, claimed))
    until(lambda: site.attempt_states() == {"sent": 2}, 40, worker.log.read_text)
    assert worker.process.poll() is None
    assert worker.log.read_text().count("message.dropped") >= 8
    assert {key.decode() for key in redis_client.keys("*standard.post*")} == set()


def test_a_job_of_one_platform_is_not_sent_to_another(site: Site) -> None:
    claimed = site.claim(site.submit(2))
    post_chunk(site.rooms, OTHER, claimed)
    assert (site.attempt_states(), site.job_states()) == ({}, {"queued": 2})
    assert site.provider.tasks() == []


def test_a_standard_job_is_not_asked_live_nor_the_other_way_round(site: Site) -> None:
    """The one costs three times the other."""
    open_slots(site)
    free = site.rooms.slots.free(PLATFORM)
    (standard,) = site.claim(site.submit(1))
    ask_live(site.rooms, PLATFORM, standard)
    live = site.claim(site.submit(1, name="live", method=Method.LIVE), method=Method.LIVE)
    post_chunk(site.rooms, PLATFORM, live)
    assert (site.attempt_states(), site.job_states()) == ({}, {"queued": 2})
    assert (site.provider.tasks(), site.rooms.slots.free(PLATFORM)) == ([], free)
    with site.rooms.database.read() as connection:
        assert set(connection.execute(sa.select(jobs.c.deaths)).scalars()) == {0}
