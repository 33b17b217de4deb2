"""Who is missing beside work that waits, what is waited for, and what does not match, in one line each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.schedules import schedules
from producers.schedules.schedules import Wanted
from producers.schedules.times import Timing
from producers.submit.submit import submit
from promptrelay.books.progress import progress
from promptrelay.books.receipt import receipt
from promptrelay.books.signs import Sign, SignKind, signs
from promptrelay.broker import STANDARD_QUEUES
from promptrelay.database import heartbeats
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.heartbeat_schema import heartbeats as table
from promptrelay.database.heartbeats import SILENT_AFTER_S, Process
from promptrelay.database.schema import attempts, jobs, runs
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.ids import new_id
from promptrelay.domain.platform import Platform


@dataclass
class House:
    """A database with work, and the processes that say they are there."""

    database: Database
    folder: Path

    def submit(self, platform: Platform = Platform.CHAT_GPT, *, account: str = "main") -> str:
        path = self.folder / f"{new_id()}.csv"
        path.write_text("prompt\nwhich one?\n")
        spec = CampaignSpec(
            account=account, name=path.stem, platforms=(platform,), models={platform: ("sonar",)}
        )
        return submit(self.database, spec, path).run_id

    def lives(
        self,
        role: str,
        *queues: str,
        host: str = "a",
        version: str = "1.0",
        account: str = "main",
        ahead_s: float = 0.0,
        waits_for: tuple[str, ...] = (),
    ) -> None:
        process = Process(
            id=new_id(), role=role, host=host, pid=1, account=account, version=version, queues=queues
        )
        with self.database.write() as connection:
            moment = database_time(connection)
            heartbeats.beat(connection, process, wall_clock=lambda: moment + ahead_s, waits_for=waits_for)

    def whole(self) -> None:
        self.lives("dispatcher")
        self.lives("worker", *STANDARD_QUEUES)
        self.lives("worker", "live.perplexity")

    def dies(self) -> None:
        self.change(sa.update(table).values(seen_at=table.c.seen_at - SILENT_AFTER_S - 1))

    def change(self, statement: sa.Update) -> None:
        with self.database.write() as connection:
            connection.execute(statement)

    def signs(self, calendar_ahead_s: float = 0.0) -> list[Sign]:
        with self.database.read() as connection:
            return signs(connection, database_time(connection) + calendar_ahead_s)

    def kinds(self) -> list[str]:
        return [sign.kind for sign in self.signs()]

    def schedule(self, name: str = "shoes") -> None:
        now = SystemClock().now()
        timing = Timing(zone=ZoneInfo("UTC"), every_s=3600, anchor_at=now)
        wanted = Wanted(
            name=name, account="main", campaign=name, file=self.folder / "x.csv", given={}, timing=timing
        )
        with self.database.write() as connection:
            schedules.add(connection, wanted, now)


@pytest.fixture
def house(database_url: str, tmp_path: Path) -> Iterator[House]:
    database = Database(database_url, SystemClock())
    upgrade(database)
    yield House(database, tmp_path)
    database.close()


def test_an_idle_house_without_a_process_is_well(house: House) -> None:
    assert house.signs() == []


def test_work_that_everybody_serves_is_well(house: House) -> None:
    house.submit()
    house.submit(Platform.PERPLEXITY)
    house.whole()
    assert house.signs() == []


def test_when_nobody_is_there_one_line_says_so_and_what_to_start(house: House) -> None:
    house.submit()
    house.submit(Platform.PERPLEXITY)
    (sign,) = house.signs()
    assert sign.kind is SignKind.UNSERVED
    assert str(sign) == (
        "no process is there, and standard.post, live.perplexity have work; start `promptrelay up`"
    )
    assert "\n" not in str(sign)


def test_all_that_died_count_as_not_there(house: House) -> None:
    house.submit()
    house.whole()
    assert house.signs() == []
    house.dies()
    assert [sign.kind for sign in house.signs()] == [SignKind.UNSERVED]


def test_a_queue_with_work_that_nobody_serves_is_named_with_its_command(house: House) -> None:
    house.submit(Platform.PERPLEXITY)
    house.lives("dispatcher")
    house.lives("worker", *STANDARD_QUEUES)
    (sign,) = house.signs()
    assert "no worker serves live.perplexity" in sign.what
    assert "`promptrelay worker live.perplexity`" in sign.cure


def test_a_worker_of_another_account_serves_nothing_of_ours(house: House) -> None:
    house.submit()
    house.lives("dispatcher")
    house.lives("worker", *STANDARD_QUEUES, account="other")
    assert house.kinds() == [SignKind.UNSERVED]


def test_answers_that_are_out_and_outcomes_that_are_unknown_need_their_workers(house: House) -> None:
    run_id = house.submit()
    house.lives("dispatcher")
    house.lives("worker", "standard.post")
    assert house.signs() == []
    with house.database.write() as connection:
        job_id = connection.execute(sa.select(jobs.c.id)).scalar_one()
        connection.execute(
            sa.insert(attempts).values(
                id=new_id(), job_id=job_id, run_id=run_id, account="main", platform="chat_gpt",
                method="standard", model="m", state="sent", created_at=1.0, send_by=1.0, boot_id="b",
                boot_s=1.0,
            )
        )  # fmt: skip
    assert "standard.collect, standard.get" in house.signs()[0].what
    house.change(sa.update(attempts).values(state="unknown"))
    assert "upkeep" in house.signs()[0].what


def test_what_is_paused_or_over_waits_for_nobody(house: House) -> None:
    house.submit()
    house.change(sa.update(runs).values(state="paused"))
    assert house.signs() == []


def test_work_without_a_dispatcher(house: House) -> None:
    house.submit()
    house.lives("worker", *STANDARD_QUEUES)
    (sign,) = house.signs()
    assert "no dispatcher" in sign.what
    assert "`promptrelay dispatcher`" in sign.cure


def test_a_schedule_without_a_dispatcher_and_one_whose_time_has_passed(house: House) -> None:
    house.schedule()
    assert [sign.what[:13] for sign in house.signs()] == ["no dispatcher"]
    late = [sign for sign in house.signs(4000.0) if sign.kind is SignKind.LATE_SCHEDULE]
    assert len(late) == 1
    assert "schedule shoes: its time" in late[0].what
    assert "promptrelay dispatcher" in late[0].cure
    house.lives("dispatcher")
    (sign,) = house.signs(4000.0)
    assert sign.kind is SignKind.LATE_SCHEDULE
    assert "log" in sign.cure


def test_what_is_waited_for_is_one_line_each_however_many_wait(house: House) -> None:
    run_id = house.submit()
    bucket = "the object store: NoSuchBucket"
    house.lives("dispatcher", waits_for=("Redis: READONLY it is a replica",))
    house.lives("worker", *STANDARD_QUEUES, waits_for=("Redis: READONLY it is a replica", bucket))
    assert [sign.what for sign in house.signs()] == [
        "waiting for Redis: READONLY it is a replica (1 dispatcher, 1 worker)",
        "waiting for the object store: NoSuchBucket (1 worker)",
    ]
    shown = ["waiting for Redis: READONLY it is a replica", f"waiting for {bucket}"]
    assert list(progress(house.database, run_id).waits) == shown
    assert receipt(house.database, run_id)["waits"] == shown
    house.change(sa.update(runs).values(state="finished"))
    assert list(progress(house.database, run_id).waits) == []
    assert receipt(house.database, run_id)["waits"] == []


def test_two_versions_at_once_are_named_with_their_hosts(house: House) -> None:
    house.lives("worker", "upkeep", host="a", version="1.0")
    house.lives("worker", "upkeep", host="b", version="1.1")
    (sign,) = house.signs()
    assert sign.kind is SignKind.VERSIONS
    assert "1.0 on a and 1.1 on b" in sign.what


@pytest.mark.parametrize(
    ("ahead", "says"),
    [
        ({"a": 0.0, "b": 12.0}, "the clock of b is 12.0 s ahead of that of a"),
        ({"a": -9.0, "b": -8.0}, "the clock of a is 9.0 s behind the database's"),
        ({"a": 40.0}, "the clock of a is 40.0 s ahead of the database's"),
        ({"a": 1.0, "b": -1.0}, None),
    ],
)
def test_clocks_that_are_apart(ahead: dict[str, float], says: str | None, house: House) -> None:
    for host, seconds in ahead.items():
        house.lives("worker", "upkeep", host=host, ahead_s=seconds)
    assert [sign.what for sign in house.signs()] == ([] if says is None else [says])
