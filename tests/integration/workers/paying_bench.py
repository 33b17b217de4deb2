"""Workers' functions with real rooms, and a provider of a few lines whose every reply the test decides."""

from __future__ import annotations

import json
import shutil
import socket
import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import redis
import sqlalchemy as sa

from config.celery_options import celery_options
from config.settings import Settings
from producers.campaign.spec import CampaignSpec
from producers.submit.submit import submit
from promptrelay.broker import make_app
from promptrelay.database.attempts import claims
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.deployment import ensure_account
from promptrelay.database.schema import attempts, jobs
from promptrelay.dataforseo.limits.live_slots import LiveSlots
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.platform import Method, Platform
from promptrelay.redis_url import broker_url, client_url
from promptrelay.wiring import rate_allowance
from tests.integration.dataforseo.raw_provider import RawProvider, http
from tests.integration.workers.filled_bucket import fill_bucket
from workers.opening import open_rooms
from workers.rooms import Rooms

PLATFORM = Platform.CHAT_GPT
START_WINDOW_S = 10.0

Task = dict[str, Any]
Reply = Callable[[list[Task]], bytes | None]
"""The whole HTTP answer to these posted tasks; None: the connection breaks without one."""


class MovedClock(SystemClock):
    """The machine's clocks, as far ahead as the test wants."""

    ahead_s = 0.0

    def now(self) -> float:
        return super().now() + self.ahead_s

    def boottime(self) -> float:
        return super().boottime() + self.ahead_s


def created(number: int, task: Task, **fields: Any) -> Task:
    """The entry of a task that was taken."""
    return {"id": f"p{number}", "status_code": 20100, "cost": 0.0102, "data": {**task}, **fields}


def told(*entries: Task, code: int = 20000, **top: Any) -> bytes:
    """A reply with these entries."""
    fields = {"status_code": code, "cost": 0, "tasks_count": len(entries), "tasks": list(entries)}
    return http(json.dumps(fields | top).encode(), headers="Connection: close\r\n")


def answer(task: Task, **fields: Any) -> Task:
    """A Live entry with an answer in it."""
    items = [{"type": "message", "sections": [{"type": "text", "text": "hello"}]}]
    result = {"money_spent": 0.03, "items": items}
    return {
        "id": "live",
        "status_code": 20000,
        "cost": 0.0306,
        "data": {**task},
        "result": [result],
        **fields,
    }


def nothing_there(_last: str) -> bytes:
    """To a free call that the test does not expect."""
    return told(code=40400)


def takes_all(tasks: list[Task]) -> bytes:
    return told(*(created(number, task) for number, task in enumerate(tasks)))


@dataclass
class Bench:
    """One account without caps; a hook is called when the worker passes the point of its name."""

    rooms: Rooms
    provider: RawProvider
    clock: MovedClock
    settings: Settings
    hooks: dict[str, Callable[[], None]]
    reply: Reply = takes_all
    free: Callable[[str], bytes] = nothing_there
    """The whole HTTP answer to a free call for what comes last in its path."""
    posted: list[list[Task]] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def serve(self, connection: socket.socket, provider: RawProvider) -> None:
        body = provider.read_request(connection)
        if not body:
            path = provider.requests[-1].split(b" ", 2)[1].decode()
            self.asked.append(path.rpartition("/")[2])
            connection.sendall(self.free(self.asked[-1]))
            return
        self.posted.append(json.loads(body))
        answered = self.reply(self.posted[-1])
        if answered is None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        else:
            connection.sendall(answered)

    def claimed(self, count: int = 1, *, method: Method = Method.STANDARD) -> list[str]:
        """Jobs of a new run in the hands of a worker."""
        path = self.settings.data_dir / "prompts.csv"
        path.write_text("prompt\n" + "".join(f"question {number}?\n" for number in range(count)))
        models = {PLATFORM: ("gpt-4o-mini",)}
        spec = CampaignSpec(
            account=self.rooms.account, name="c", platforms=(PLATFORM,), models=models, method=method
        )
        run_id = submit(self.rooms.database, spec, path).run_id
        with self.rooms.database.write() as connection:
            return claims.claim(connection, run_id, PLATFORM, method, most=count, lease_s=60.0)

    def change(self, table: sa.Table, **values: Any) -> None:
        with self.rooms.database.write() as connection:
            connection.execute(sa.update(table).values(**values))

    def all(self, table: sa.Table) -> list[dict[str, Any]]:
        with self.rooms.database.read() as connection:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

    def states(self) -> tuple[list[str], list[str]]:
        """Of all attempts and of all jobs."""
        return sorted(row["state"] for row in self.all(attempts)), sorted(
            row["state"] for row in self.all(jobs)
        )

    def slots_in_use(self) -> int:
        return self.settings.live_slots - self.rooms.slots.free(PLATFORM)


def open_bench(folder: Path, template: Path, redis_url: str) -> Bench:
    """Rooms on a copy of an empty database, with a bucket of this Redis and Live slots that are open."""
    clock = MovedClock()
    path = folder / "promptrelay.sqlite3"
    shutil.copyfile(template, path)
    database = Database(sqlite_url(path), clock)
    with database.write() as connection:
        ensure_account(connection, "default", balance_floor=None, daily_cap=None)
    provider = RawProvider(lambda _connection, _provider: None)
    hooks: dict[str, Callable[[], None]] = {}
    settings = Settings(
        _env_file=None,
        api_url=provider.url,
        api_login="login",
        api_password="password",
        data_dir=folder,
        redis_url=redis_url,
        database_url=sqlite_url(path),
        calls_per_minute=20000,
        call_deadline_s=10,
        live_limit_s=10,
        live_start_window_s=START_WINDOW_S,
    )
    opened = open_rooms(
        settings, make_app("bench", celery_options(broker_url(redis_url)), account=settings.account)
    )
    opened.database.close()
    client = redis.Redis.from_url(client_url(redis_url))
    slots = _open_slots(client, settings, clock)
    fill_bucket(client, settings.account)
    rooms = replace(
        opened,
        database=database,
        clock=clock,
        slots=slots,
        allowance=rate_allowance(settings, client, clock),
        passes=lambda point: hooks.get(point, _nothing)(),
    )
    bench = Bench(rooms, provider, clock, settings, hooks)
    provider.behaviour = bench.serve
    return bench


def _nothing() -> None:
    """At a point without a hook."""


def _open_slots(client: redis.Redis, settings: Settings, clock: MovedClock) -> LiveSlots:
    """As after the start window of a new Redis in which nothing ran."""
    slots = LiveSlots(
        client, account="default", lease_s=settings.live_lease_s, start_window_s=START_WINDOW_S, clock=clock
    )
    slots.needs_seeding()
    client.hset("promptrelay:default:live", "closed", 0)
    return slots
