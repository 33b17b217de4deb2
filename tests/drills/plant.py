"""The whole plant in real processes, to be harmed: Redis, the stand-in, dispatchers and workers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import redis
import sqlalchemy as sa

from tests.acceptance.project import Project, until
from tests.acceptance.provider import Provider
from tests.drills.service import Service
from tests.integration.redis_server import RedisServer

STANDARD_QUEUES = ("standard.post", "standard.collect", "standard.get", "upkeep")
END_OF_RUNS_S = 240.0
TWO_STANDARD = ("--platform", "chat_gpt", "--platform", "claude")
ONE_LIVE = ("--platform", "perplexity", "--method", "live")
EVERYWHERE = (*TWO_STANDARD, "--platform", "perplexity", "--method", "auto")
"""Two platforms Standard and one Live."""


@dataclass
class Plant:
    """Everything that a drill harms; dead services are started again until it is closed."""

    seed: int
    project: Project
    provider: Provider
    redis: RedisServer
    services: list[Service] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)
    kills_of_redis: int = 0
    _closing: threading.Event = field(default_factory=threading.Event)
    _keeper: threading.Thread | None = None

    @property
    def environment(self) -> dict[str, str]:
        return self.project.environment

    @property
    def kills(self) -> int:
        """Processes that ended by SIGKILL so far."""
        return self.kills_of_redis + sum(service.deaths[9] for service in self.services)

    def dispatcher(self, incarnations: Iterable[Mapping[str, str]] = (), **extra: str) -> Service:
        return self._enroll("dispatcher", ["dispatcher"], extra, incarnations)

    def standard_worker(
        self, incarnations: Iterable[Mapping[str, str]] = (), concurrency: int = 12, **extra: str
    ) -> Service:
        command = ["worker", *STANDARD_QUEUES, "--concurrency", concurrency]
        return self._enroll("standard", command, extra, incarnations)

    def live_worker(
        self,
        platform: str = "perplexity",
        incarnations: Iterable[Mapping[str, str]] = (),
        concurrency: int = 36,
        **extra: str,
    ) -> Service:
        command = ["worker", f"live.{platform}", "--concurrency", concurrency]
        return self._enroll(f"live-{platform}", command, extra, incarnations)

    def submit(self, prompts: int, *options: object) -> str:
        """Submit a file of its own, and the run's id."""
        name = f"file{len(self.runs)}"
        done = self.project.command(
            "submit", self.project.prompts(prompts, name), "--anyway", "--json", *options
        )
        assert done.code == 0, done.err
        self.runs.append(done.receipt["run"])
        return self.runs[-1]

    def keep_alive(self) -> None:
        """From now on whatever dies is started again."""
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """Rows of the database, read past the product."""
        url = self.environment.get("PROMPTRELAY_DATABASE_URL", "")
        if not url:
            return self.project.rows(statement)
        engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"))
        try:
            with engine.connect() as connection:
                return [tuple(row) for row in connection.execute(sa.text(statement))]
        finally:
            engine.dispose()

    def count(self, statement: str) -> int:
        found = self.rows(statement)
        return int(found[0][0]) if found else 0

    def unsent(self, method: str = "%") -> int:
        """Jobs of a method, or of both, that wait for their turn."""
        waiting = "SELECT count(*) FROM jobs WHERE state IN ('queued', 'claimed')"
        return self.count(f"{waiting} AND method LIKE '{method}'")

    def done(self) -> int:
        return self.count("SELECT count(*) FROM jobs WHERE state = 'done'")

    def states(self) -> dict[str, list[tuple[Any, ...]]]:
        return {
            "runs": self.rows("SELECT state, reason, count(*) FROM runs GROUP BY 1, 2"),
            "jobs": self.rows("SELECT platform, state, reason, count(*) FROM jobs GROUP BY 1, 2, 3"),
            "attempts": self.rows("SELECT platform, state, count(*) FROM attempts GROUP BY 1, 2"),
            "accounts": self.rows("SELECT name, state, reason, balance_nanos FROM accounts"),
        }

    def wait_for_the_end(self, timeout_s: float = END_OF_RUNS_S) -> None:
        """Until every run is finished."""
        until(
            lambda: not self.rows("SELECT 1 FROM runs WHERE state <> 'finished'"),
            timeout_s,
            lambda: f"seed {self.seed}: not finished after {timeout_s} s: {self.states()}; {self.where()}",
        )

    def taken_slots(self) -> dict[str, int]:
        """Live slots whose lease has not ended, by platform."""
        found = {}
        with redis.Redis.from_url(self.redis.url) as client:
            now = int(time.time() * 1_000_000)
            for key in client.scan_iter("promptrelay:*:live:*"):
                count = client.zcount(key, now, "+inf")
                if count:
                    found[key.decode().rpartition(":")[2]] = int(count)
        return found

    def where(self) -> str:
        """Where to look when something went wrong."""
        return f"logs: {self.project.folder}"

    def logs(self, kind: str = "") -> str:
        """What the services of that kind have said so far."""
        names = [service.log for service in self.services if service.name.startswith(kind)]
        return "".join(path.read_text("utf-8", "replace") for path in dict.fromkeys(names))

    def close(self) -> None:
        self._closing.set()
        if self._keeper is not None:
            self._keeper.join()
        for service in self.services:
            service.kill()

    def _enroll(
        self,
        kind: str,
        command: Iterable[object],
        extra: Mapping[str, str],
        incarnations: Iterable[Mapping[str, str]] = (),
    ) -> Service:
        name = f"{kind}-{sum(service.name.startswith(kind) for service in self.services)}"
        log = self.project.folder / f"{name}.log"
        environment = {**self.environment, **extra}
        service = Service(name, command, environment, log=log, incarnations=incarnations)
        self.services.append(service)
        service.start()
        return service

    def _keep(self) -> None:
        while not self._closing.wait(0.05):
            for service in self.services:
                service.tend()
