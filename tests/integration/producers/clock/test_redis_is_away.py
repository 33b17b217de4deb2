"""With Redis away what lives in SQL is tended all the same, and it is told what is waited for."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import redis
import sqlalchemy as sa

from config.celery_options import celery_options
from config.settings import Settings
from producers.campaign.spec import CampaignSpec
from producers.clock.dispatcher import Dispatcher
from producers.schedules import schedules
from producers.schedules.schedules import Wanted
from producers.schedules.times import Timing
from producers.submit.submit import submit
from promptrelay.broker import Publisher, make_app
from promptrelay.cli.dispatcher_opening import dispatcher_of
from promptrelay.database.accounts import accounts
from promptrelay.database.attempts import claims
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure_account
from promptrelay.database.runs import cancelling
from promptrelay.database.schema import fires, jobs, runs
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.account.name import DEFAULT_ACCOUNT
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.redis_url import broker_url
from promptrelay.wiring import asking_redis_once
from tests.acceptance.project import until
from tests.integration.redis_server import RedisServer

PLATFORM = Platform.CHAT_GPT


@dataclass
class Clock:
    """A dispatcher, and what its database says."""

    dispatcher: Dispatcher
    database: Database
    folder: Path

    def submit(self, name: str) -> str:
        path = self.folder / f"{name}.csv"
        path.write_text(f"prompt\n{name} one?\n{name} two?\n")
        models = {PLATFORM: ("gpt-4o-mini",)}
        spec = CampaignSpec(account="default", name=name, platforms=(PLATFORM,), models=models)
        return submit(self.database, spec, path).run_id

    def run_states(self) -> dict[str, str]:
        return dict(self._pairs(sa.select(runs.c.campaign, runs.c.state)))

    def job_states(self, run_id: str) -> dict[str, int]:
        counted = sa.select(jobs.c.state, sa.func.count()).where(jobs.c.run_id == run_id)
        return dict(self._pairs(counted.group_by(jobs.c.state)))

    def change(self, statement: sa.Update) -> None:
        with self.database.write() as connection:
            connection.execute(statement)

    def _pairs(self, statement: sa.Select[tuple[str, object]]) -> list[tuple[str, object]]:
        with self.database.read() as connection:
            return [tuple(row) for row in connection.execute(statement)]  # type: ignore[misc]


@pytest.fixture
def clock(database_url: str, own_redis: RedisServer, tmp_path: Path) -> Iterator[Clock]:
    """Its Redis is there, until the test takes it away."""
    settings = Settings(_env_file=None, data_dir=tmp_path, redis_url=own_redis.url, database_url=database_url)
    database = Database(database_url, SystemClock())
    upgrade(database)
    with database.write() as connection:
        ensure_account(connection, "default", balance_floor=None, daily_cap=None)
    app = make_app("test", celery_options(broker_url(own_redis.url)), account="default")
    dispatcher = dispatcher_of(
        settings,
        database=database,
        clock=SystemClock(),
        client=asking_redis_once(own_redis.url, answer_s=2.0),
        publisher=Publisher(app, "default"),
    )
    yield Clock(dispatcher, database, tmp_path)
    app.close()
    database.close()


def test_a_cancelled_run_ends_and_a_finished_one_finishes(clock: Clock, own_redis: RedisServer) -> None:
    cancelled, done = clock.submit("cancelled"), clock.submit("done")
    own_redis.kill()
    with clock.database.write() as connection:
        assert cancelling.cancel_run(connection, cancelled)
    clock.change(sa.update(jobs).where(jobs.c.run_id == done).values(state="done"))
    clock.dispatcher.tick()
    assert clock.job_states(cancelled) == {"cancelled": 2}
    assert clock.run_states() == {"cancelled": "cancelled", "done": "finished"}


def test_a_schedule_fires_and_its_run_is_loaded(clock: Clock, own_redis: RedisServer) -> None:
    own_redis.kill()
    file = clock.folder / "shoes.csv"
    file.write_text("prompt\nwhich shoes?\nwhich boots?\n")
    timing = Timing(zone=ZoneInfo("UTC"), every_s=3600, anchor_at=SystemClock().now() - 5.0)
    given = {"platforms": ["chat_gpt"]}
    with clock.database.write() as connection:
        schedules.add(
            connection,
            Wanted(name="shoes", account="default", campaign="shoes", file=file, given=given, timing=timing),
            SystemClock().now() - 10.0,
        )

    def loaded() -> bool:
        clock.dispatcher.tick()
        return clock.run_states() == {"shoes": "running"}

    until(loaded, 30, lambda: str(clock.run_states()))
    with clock.database.read() as connection:
        (run_id,) = connection.execute(sa.select(fires.c.run_id)).scalars()
    assert clock.job_states(run_id) == {"queued": 2}


def test_a_lease_ends_and_an_account_is_paused_at_its_floor(clock: Clock, own_redis: RedisServer) -> None:
    run_id = clock.submit("leased")
    with clock.database.write() as connection:
        assert len(claims.claim(connection, run_id, PLATFORM, Method.STANDARD, most=9, lease_s=-1.0)) == 2
        ensure_account(connection, "default", balance_floor=Usd.of("5"), daily_cap=None)
        accounts.set_balance(connection, "default", Usd.of("1"))
    own_redis.kill()
    clock.dispatcher.tick()
    assert clock.job_states(run_id) == {"queued": 2}
    with clock.database.read() as connection:
        standing = accounts.standing(connection, "default")
    assert standing is not None
    assert standing.cause == "floor"


def test_trouble_with_schedules_stops_neither_states_nor_publishing(
    clock: Clock, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    run_id = clock.submit("going")

    class Broken:
        def tick(self) -> None:
            raise sa.exc.ProgrammingError("SELECT", {}, Exception("no such column"))

    monkeypatch.setattr(clock.dispatcher, "firing", Broken())
    caplog.set_level(logging.INFO)
    clock.dispatcher.tick()
    clock.dispatcher.tick()
    assert clock.job_states(run_id) == {"claimed": 2}
    told = [record for record in caplog.records if record.message == "duty.failed"]
    assert len(told) == 1, "once, and then rarely"
    assert getattr(told[0], "duty", "") == "schedules"


def test_what_is_waited_for_is_noted_and_taken_back(clock: Clock, own_redis: RedisServer) -> None:
    clock.dispatcher.tick()
    assert clock.dispatcher.waits.all() == []
    own_redis.kill()
    clock.dispatcher.tick()
    (told,) = clock.dispatcher.waits.all()
    assert told.startswith("Redis: ")
    own_redis.start()
    clock.dispatcher.tick()
    assert clock.dispatcher.waits.all() == []


def test_no_job_is_claimed_again_and_again_for_a_redis_that_takes_nothing(
    clock: Clock, own_redis: RedisServer
) -> None:
    run_id = clock.submit("held")
    clock.dispatcher.tick()
    with clock.database.write() as connection:
        claims.end_leases(connection, DEFAULT_ACCOUNT)
    with redis.Redis.from_url(own_redis.url) as server:
        server.replicaof("127.0.0.1", "1")
        for _ in range(2):
            clock.dispatcher.tick()
        (told,) = clock.dispatcher.waits.all()
        assert told.startswith("Redis: READONLY")
        with clock.database.write() as connection:
            claims.end_leases(connection, DEFAULT_ACCOUNT)
        clock.dispatcher.tick()
        assert clock.job_states(run_id) == {"queued": 2}, "it was claimed for a message that cannot be sent"
        server.replicaof("NO", "ONE")
    clock.dispatcher.tick()
    assert clock.job_states(run_id) == {"claimed": 2}
    assert clock.dispatcher.waits.all() == []
