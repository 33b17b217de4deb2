"""A campaign with real rooms: the stand-in as a process, a real Redis, either database, a store on disk.

Workers' functions are called here in the test's own process, so that a test can reach into any moment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from config.celery_options import celery_options
from config.settings import Settings
from producers.campaign.spec import CampaignSpec
from producers.submit.submit import submit
from promptrelay.broker import make_app
from promptrelay.database.attempts import claims
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure_account
from promptrelay.database.schema import attempts, jobs
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Method, Platform
from promptrelay.redis_url import broker_url, client_url
from tests.acceptance.provider import Provider, start_provider
from tests.integration.workers.filled_bucket import fill_bucket
from workers.opening import open_rooms
from workers.rooms import Rooms

PLATFORM = Platform.CHAT_GPT
QUICK = ("time_scale=600", "calls_per_minute=20000", "ready_calls_per_minute=600", "answer_kb_max=2")
QUICK += ("id_list_calls_per_minute=600", "user_data_calls_per_minute=600")


@dataclass
class Site:
    """One campaign of one platform in progress, and everything that it stands on."""

    rooms: Rooms
    provider: Provider
    settings: Settings
    folder: Path

    def submit(self, count: int, *, name: str = "prompts", poison: int | None = None, **options: Any) -> str:
        path = self.folder / f"{name}.csv"
        lines = [f"{name} question {n}?" + (" poison" if n == poison else "") for n in range(count)]
        path.write_text("\n".join(["prompt", *lines]) + "\n")
        spec = CampaignSpec(
            account=self.settings.account,
            name=name,
            platforms=(PLATFORM,),
            models={PLATFORM: ("gpt-4o-mini",)},
            **options,
        )
        return submit(self.rooms.database, spec, path).run_id

    def claim(self, run_id: str, most: int = 100, method: Method = Method.STANDARD) -> list[str]:
        with self.rooms.database.write() as connection:
            return claims.claim(connection, run_id, PLATFORM, method, most=most, lease_s=60.0)

    def job_states(self) -> dict[str, int]:
        return self._states(jobs)

    def attempt_states(self) -> dict[str, int]:
        return self._states(attempts)

    def _states(self, table: sa.Table) -> dict[str, int]:
        with self.rooms.database.read() as connection:
            found = connection.execute(sa.select(table.c.state, sa.func.count()).group_by(table.c.state))
            return {state: int(count) for state, count in found}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    place = tmp_path / "provider"
    place.mkdir()
    started = start_provider(place, QUICK)
    yield started
    started.stop()


@pytest.fixture
def open_site(
    provider: Provider, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Site]]:
    """Opens rooms on a database's address; once more is another worker of the same."""
    opened: list[Rooms] = []
    for name in list(os.environ):
        if name.startswith("PROMPTRELAY_"):
            monkeypatch.delenv(name)

    def open_one(url: str, **changes: Any) -> Site:
        settings = Settings(
            _env_file=None,
            api_url=provider.url,
            api_login="simulator",
            api_password="simulator",
            data_dir=tmp_path,
            redis_url=redis_url,
            database_url=url,
            testing=True,
            time_scale=600,
            calls_per_minute=20000,
            id_list_per_minute=500,
            user_data_per_minute=500,
            **changes,
        )
        database = Database(url, SystemClock())
        upgrade(database)
        with database.write() as connection:
            ensure_account(connection, settings.account, balance_floor=None, daily_cap=None)
        database.close()
        with redis.Redis.from_url(client_url(redis_url)) as client:
            fill_bucket(client, settings.account)
        app = make_app("test", celery_options(broker_url(redis_url)), account=settings.account)
        opened.append(open_rooms(settings, app))
        return Site(opened[-1], provider, settings, tmp_path)

    yield open_one
    for rooms in opened:
        rooms.database.close()
        rooms.client.close()


@pytest.fixture
def site(open_site: Callable[..., Site], database_url: str) -> Site:
    return open_site(database_url)
