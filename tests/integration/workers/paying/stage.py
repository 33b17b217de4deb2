"""A stand-in of the provider, a real dispatcher and the workers' own functions, without their processes."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import redis
import requests
import sqlalchemy as sa

from config.celery_options import celery_options
from config.settings import Settings
from producers.campaign.spec import CampaignSpec
from producers.clock.dispatcher import Dispatcher
from producers.submit.submit import submit
from promptrelay.books.progress import Progress, progress
from promptrelay.broker import make_app
from promptrelay.cli.dispatcher_opening import dispatcher_of
from promptrelay.database.accounts import accounts
from promptrelay.database.database import Database
from promptrelay.database.deployment import ensure_account
from promptrelay.database.schema import runs
from promptrelay.domain.account.standing import AccountStanding
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.redis_url import broker_url, client_url
from promptrelay.wiring import account_terms
from tests.integration.sqlite_tables import sqlite_with_tables
from workers.collecting.poll import LookAgain, poll
from workers.collecting.ready_list import fetch_listed, sweep
from workers.opening import open_rooms
from workers.paying.live import ask_live
from workers.paying.standard import post_chunk
from workers.rooms import Rooms
from workers.upkeep.balance import tend_balance

SCALE = 600.0
DEADLINE_S = 30.0


class MovedClock(SystemClock):
    """The machine's clock, as far ahead as the test wants; what cannot be set stays."""

    ahead_s = 0.0

    def now(self) -> float:
        return super().now() + self.ahead_s


class Messages:
    """The queue: what the dispatcher and the workers publish, in their order."""

    def __init__(self) -> None:
        self.queued: list[tuple[str, tuple[Any, ...]]] = []

    def waiting(self, queue: str) -> int:
        return 0

    def __getattr__(self, kind: str) -> Callable[..., None]:
        return lambda *arguments: self.queued.append((kind, arguments))


@dataclass
class Stage:
    """One account, one database, one provider; the test says when anything moves."""

    provider: Any
    rooms: Rooms
    dispatcher: Dispatcher
    settings: Settings
    messages: Messages
    clock: MovedClock
    folder: Path
    sent: list[tuple[str, tuple[Any, ...]]] = field(default_factory=list)

    @property
    def database(self) -> Database:
        return self.rooms.database

    def submit(self, count: int, *, platform: str = "chat_gpt") -> str:
        """A campaign of that many prompts; returns its run."""
        path = self.folder / f"p{time.monotonic_ns()}.csv"
        path.write_text("prompt\n" + "".join(f"{path.stem} question {n}?\n" for n in range(count)))
        models = {Platform(platform): (self.settings.model_for(platform),)}
        spec = CampaignSpec(
            name=path.stem, account="default", platforms=(Platform(platform),), models=models, method="auto"
        )
        return submit(self.database, spec, path, limits=account_terms(self.settings)).run_id

    def step(self) -> None:
        """One tick, then everything that is in the queue."""
        self.dispatcher.tick()
        while self.messages.queued:
            kind, arguments = self.messages.queued.pop(0)
            self.sent.append((kind, arguments))
            self._work(kind, arguments)

    def until(self, condition: Callable[[], object], timeout_s: float = DEADLINE_S) -> None:
        """Steps until it is so."""
        deadline = time.monotonic() + timeout_s
        while not condition():
            assert time.monotonic() < deadline, (self.standing(), self.states(), self.counters())
            self.step()
            time.sleep(0.02)

    def paid_calls(self) -> int:
        calls = self.counters()["calls"]
        return int(calls.get("task_post", 0) + calls.get("live", 0))

    def counters(self) -> Any:
        return requests.get(f"{self.provider.url}/admin/counters?tags=0", timeout=10).json()

    def change(self, **options: object) -> None:
        requests.post(f"{self.provider.url}/admin/faults", json=options, timeout=10).raise_for_status()

    def admin(self, name: str, **body: object) -> Any:
        reply = requests.post(f"{self.provider.url}/admin/{name}", json=body, timeout=10)
        reply.raise_for_status()
        return reply.json()

    def standing(self) -> AccountStanding:
        with self.database.read() as connection:
            found = accounts.standing(connection, "default")
        assert found is not None
        return found

    def progress(self, run_id: str) -> Progress:
        return progress(self.database, run_id)

    def states(self) -> list[Any]:
        with self.database.read() as connection:
            ids = connection.execute(sa.select(runs.c.id)).scalars().all()
        return [progress(self.database, run_id) for run_id in ids]

    def done(self, run_id: str) -> int:
        return self.progress(run_id).answers

    def limits(self, *, floor: str | None = None, cap: str | None = None) -> None:
        """The limits as a dispatcher sets them when it starts."""
        with self.database.write() as connection:
            ensure_account(
                connection,
                "default",
                balance_floor=None if floor is None else Usd.of(floor),
                daily_cap=None if cap is None else Usd.of(cap),
            )

    def _work(self, kind: str, arguments: tuple[Any, ...]) -> None:
        if kind == "post":
            post_chunk(self.rooms, Platform(arguments[0]), arguments[1])
        elif kind == "ask":
            ask_live(self.rooms, Platform(arguments[0]), arguments[1])
        elif kind == "collect":
            sweep(self.rooms, Platform(arguments[0]))
        elif kind == "fetch":
            fetch_listed(self.rooms, arguments[1])
        elif kind == "get":
            try:
                poll(self.rooms, arguments[0])
            except LookAgain:
                return
        elif arguments == ("upkeep.balance",):
            tend_balance(self.rooms)


def open_stage(folder: Path, provider: Any, redis_url: str, **changes: Any) -> Stage:
    """Everything on an empty SQLite file; the provider's stand-in runs already."""
    wanted: dict[str, Any] = {
        "api_url": provider.url,
        "api_login": "simulator",
        "api_password": "simulator",
        "data_dir": folder,
        "redis_url": redis_url,
        "results_url": str(folder / "answers"),
        "calls_per_minute": 20000,
        "tasks_ready_per_minute": 600,
        "user_data_per_minute": 600,
        "live_start_window_s": 2.0,
        "reserve_usd": "0.035",
        "testing": True,
        "time_scale": SCALE,
    }
    settings = Settings(**(wanted | changes))
    clock, messages = MovedClock(), Messages()
    database = Database(sqlite_with_tables(folder / "promptrelay.sqlite3"), clock)
    app = make_app("stage", celery_options(broker_url(redis_url)), account="default")
    opened = open_rooms(settings, app)
    opened.database.close()
    rooms = replace(opened, database=database, publisher=messages, clock=clock)  # type: ignore[arg-type]
    client = redis.Redis.from_url(client_url(redis_url))
    dispatcher = dispatcher_of(
        settings,
        database=database,
        clock=clock,
        client=client,
        publisher=messages,  # type: ignore[arg-type]
    )
    dispatcher.balance_every_s = 0.2
    stage = Stage(provider, rooms, dispatcher, settings, messages, clock, folder)
    stage.limits()
    return stage


def start_provider(folder: Path, *settings: str) -> Any:
    """A stand-in as a process; `process` is to be ended by whoever started it."""
    from tests.acceptance.provider import start_provider as start

    scaled = (
        f"time_scale={SCALE}",
        "calls_per_minute=20000",
        "ready_calls_per_minute=1000",
        "answer_kb_max=1",
    )
    return start(folder, [*scaled, "user_data_calls_per_minute=1000", "start_balance=100", *settings])
