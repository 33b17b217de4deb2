"""A store or Redis that cannot serve is refused before anything is paid, and named while it is waited for."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, run_arguments, until
from tests.acceptance.provider import Provider
from tests.integration.cli.small_s3 import SmallS3, serve_s3
from tests.integration.redis_server import RedisServer

MISSING = "s3://no-such-bucket/answers"


@pytest.fixture
def s3() -> Iterator[SmallS3]:
    """With the bucket `answers`, and no other."""
    with serve_s3(SmallS3(buckets={"answers"})) as small:
        yield small


@pytest.fixture
def own_redis() -> Iterator[RedisServer]:
    with tempfile.TemporaryDirectory(prefix="pr-redis-") as directory:
        server = RedisServer(Path(directory))
        server.start()
        yield server
        server.stop()


def refused(project: Project, provider: Provider, *words: str, **extra: str) -> None:
    """Both commands end with 1 and one line, before anything is written or paid."""
    prompts = project.prompts(4)
    for arguments in (run_arguments(prompts, "--platform", "chat_gpt"), ["up"]):
        ended = project.command(*arguments, **extra)
        assert ended.code == 1, (arguments, ended.err)
        said = [line for line in ended.err.splitlines() if line.startswith("promptrelay: ")]
        assert len(said) == 1, ended.err
        for word in ("nothing was sent", *words):
            assert word in said[0]
        assert "Traceback" not in ended.err
    assert project.rows("SELECT 1 FROM jobs") == []
    assert provider.posts() == 0


def test_a_bucket_that_does_not_exist(providers: Providers, projects: Projects, s3: SmallS3) -> None:
    provider = providers()
    refused(projects(provider, RESULTS_URL=MISSING), provider, "NoSuchBucket", MISSING, **s3.options)


def test_a_store_that_refuses_our_keys(providers: Providers, projects: Projects, s3: SmallS3) -> None:
    provider = providers()
    s3.closed = True
    refused(
        projects(provider, RESULTS_URL="s3://answers/p"), provider, "403", "AWS_ACCESS_KEY_ID", **s3.options
    )


@pytest.mark.parametrize(
    ("conditions", "word"), [("refused", "If-None-Match"), ("ignored", "overwrites what is there")]
)
def test_a_store_without_conditional_writes(
    conditions: str, word: str, providers: Providers, projects: Projects, s3: SmallS3
) -> None:
    provider = providers()
    s3.conditions = conditions
    refused(projects(provider, RESULTS_URL="s3://answers/p"), provider, word, **s3.options)


def test_a_redis_that_is_away_or_a_replica(
    providers: Providers, projects: Projects, own_redis: RedisServer
) -> None:
    provider = providers()
    with redis.Redis.from_url(own_redis.url) as server:
        server.replicaof("127.0.0.1", "1")
    refused(projects(provider, REDIS_URL=own_redis.url), provider, "Redis: READONLY", "primary")
    own_redis.stop()
    refused(projects(provider, REDIS_URL=own_redis.url), provider, "Redis: ", "PROMPTRELAY_REDIS_URL")


def test_a_finished_run_is_shown_whatever_redis_does(
    providers: Providers, projects: Projects, own_redis: RedisServer
) -> None:
    project = projects(providers(), REDIS_URL=own_redis.url)
    prompts = project.prompts(2)
    assert project.run(prompts, "--platform", "chat_gpt").code == 0
    own_redis.stop()
    again = project.run(prompts, "--platform", "chat_gpt")
    assert again.code == 0, again.err
    assert again.receipt["jobs"] == {"done": 2}


def test_workers_of_a_bucket_that_is_missing_pay_for_nothing_and_say_what_they_wait_for(
    providers: Providers, projects: Projects, own_redis: RedisServer, s3: SmallS3
) -> None:
    provider = providers()
    project = projects(provider, REDIS_URL=own_redis.url, RESULTS_URL="s3://made-later/answers")
    assert project.command("migrate").code == 0
    standard = ("standard.post", "standard.collect", "standard.get", "upkeep")
    project.start("worker", *standard, "--concurrency", "8", **s3.options)
    project.start("dispatcher")
    submitted = project.command(
        "submit", project.prompts(10), "--platform", "chat_gpt", "--json", **s3.options
    )
    assert submitted.code == 0, submitted.err
    wanted = ["waiting for the object store: NoSuchBucket"]

    def waits() -> list[str]:
        told = json.loads(project.command("status", "--json").out)
        return [wait.partition(": there")[0] for wait in told["waits"]]

    until(lambda: waits() == wanted, 60, lambda: f"{waits()}")
    # Jobs are handed out and come back, again and again.
    until(lambda: project.rows("SELECT 1 FROM jobs WHERE state = 'claimed'"), 30)
    assert provider.posts() == 0
    s3.buckets.add("made-later")
    until(
        lambda: project.rows("SELECT count(*) FROM jobs WHERE state = 'done'")[0][0] == 10,
        90,
        lambda: str(project.states()),
    )
    until(lambda: waits() == [], 30, lambda: f"{waits()}")


def test_a_run_says_on_the_screen_what_it_waits_for_and_goes_on(
    providers: Providers, projects: Projects, own_redis: RedisServer
) -> None:
    project = projects(providers("ready_calls_per_minute=60"), REDIS_URL=own_redis.url)
    running = project.start(*run_arguments(project.prompts(150), "--platform", "chat_gpt"))
    with redis.Redis.from_url(own_redis.url) as server:
        until(lambda: project.rows("SELECT 1 FROM heartbeats WHERE role = 'worker'"), 90)
        server.replicaof("127.0.0.1", "1")
        until(
            lambda: "waiting for Redis: READONLY" in project.text_of(running),
            60,
            lambda: project.text_of(running),
        )
        server.replicaof("NO", "ONE")
    ended = project.end_of(running)
    assert ended.code == 0, ended.err
    assert ended.receipt["jobs"] == {"done": 150}
    assert "what was waited for is there again" in " ".join(ended.err.split())
