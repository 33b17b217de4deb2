"""A schedule on a real database under a calendar that is moved by hand, and what fires it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from config.settings import Settings
from producers.schedules import schedules
from producers.schedules.schedules import Wanted
from producers.schedules.tick import Firing
from producers.schedules.times import Timing
from promptrelay.cli.options.campaign import spec_reader
from promptrelay.database.database import Database
from promptrelay.database.schema import fires, jobs, rows, runs
from promptrelay.database.schema import schedules as schedules_table
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.clock import SystemClock

BERLIN = ZoneInfo("Europe/Berlin")
YAML = """
name: shoes
prompts: {{file: prompts.csv}}
platforms: {{chat_gpt: {{models: [gpt-4o, gpt-4.1]}}, perplexity: {{}}}}
parameters: {{system_message: "You sell {{{{ topic }}}}"}}
repeats: {repeats}
"""
SETTINGS = Settings(_env_file=None, account="main")


@dataclass
class HeldCalendar:
    """Stands still until it is moved."""

    now: float

    def at(self, now: float) -> float:
        return self.now


class AtOnce(Executor):
    """Reads files in the thread that asks."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        found: Future[Any] = Future()
        try:
            found.set_result(fn(*args, **kwargs))
        except Exception as error:  # noqa: BLE001 - whoever asks for the result gets it
            found.set_exception(error)
        return found


@dataclass
class Scene:
    """One schedule of a file with prompts, every day at seven in Berlin."""

    folder: Path
    database: Database
    calendar: HeldCalendar
    points: list[str] = field(default_factory=list)
    kill_at: str = ""

    def write(self, *prompts: str, repeats: int = 1) -> Path:
        lines = "".join(f"{prompt},mugs\n" for prompt in prompts)
        (self.folder / "prompts.csv").write_text(f"prompt,topic\n{lines}")
        path = self.folder / "campaign.yaml"
        path.write_text(YAML.format(repeats=repeats))
        return path

    def at(self, text: str) -> float:
        return datetime.fromisoformat(f"2026-{text}").replace(tzinfo=BERLIN).timestamp()

    def go_to(self, text: str) -> None:
        self.calendar.now = self.at(text)

    def add(self, name: str = "daily", **changes: Any) -> str:
        wanted: dict[str, Any] = {
            "name": name,
            "account": "main",
            "campaign": "shoes",
            "file": self.folder / "campaign.yaml",
            "given": {},
            "timing": Timing(zone=BERLIN, cron="0 7 * * *"),
        }
        with self.database.write() as connection:
            return schedules.add(connection, Wanted(**(wanted | changes)), self.calendar.now)

    def firing(self, threads: Executor | None = None) -> Firing:
        return Firing(
            account=SETTINGS.account,
            database=self.database,
            calendar=self.calendar,
            read_spec=spec_reader(SETTINGS),
            limits=AccountTerms(),
            threads=threads or AtOnce(),
            clock=SystemClock(),
            grace_s=3_600.0,
            passes=self._pass,
        )

    def tick(self, times: int = 1) -> None:
        firing = self.firing()
        for _ in range(times):
            firing.tick()

    def finish_runs(self, spent_nanos: int = 0) -> None:
        changes = {"state": "finished", "spent_nanos": spent_nanos}
        with self.database.write() as connection:
            connection.execute(sa.update(runs).where(runs.c.state != "finished").values(**changes))

    def fires(self) -> list[tuple[str, str]]:
        """Day and hour of each time that came, with what became of it."""
        return [(fire["wall"][5:16], fire["outcome"]) for fire in self.rows_of(fires, fires.c.fire_at)]

    def runs(self) -> list[dict[str, Any]]:
        return self.rows_of(runs, runs.c.id)

    def jobs(self) -> list[dict[str, Any]]:
        return self.rows_of(jobs, jobs.c.run_id, jobs.c.position)

    def rows(self) -> list[dict[str, Any]]:
        return self.rows_of(rows, rows.c.run_id, rows.c.row_no)

    def fire_rows(self) -> list[dict[str, Any]]:
        return self.rows_of(fires, fires.c.fire_at)

    def schedule(self) -> dict[str, Any]:
        return self.rows_of(schedules_table, schedules_table.c.id)[0]

    def rows_of(self, table: sa.Table, *order: Any) -> list[dict[str, Any]]:
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(sa.select(table).order_by(*order)).mappings()]

    def _pass(self, point: str) -> None:
        self.points.append(point)
        if point == self.kill_at:
            raise Killed(point)


class Killed(BaseException):
    """As kill -9 would: nothing after it runs."""


@pytest.fixture
def scene(database_url: str, tmp_path: Path) -> Iterator[Scene]:
    database = Database(database_url, SystemClock())
    made = Scene(tmp_path, database, HeldCalendar(0.0))
    made.write("a", "b", "c")
    made.go_to("03-01 12:00")
    yield made
    database.close()
