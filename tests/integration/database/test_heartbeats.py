"""Signs of life: written by the database's clock, gone in good order, and forgotten after an hour."""

from __future__ import annotations

import time
from dataclasses import replace

import sqlalchemy as sa

from promptrelay.database import heartbeats
from promptrelay.database.database import Database
from promptrelay.database.heartbeat_schema import heartbeats as table
from promptrelay.database.heartbeats import SILENT_AFTER_S, LivingProcess, Process
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.ids import new_id
from promptrelay.domain.waits import Waits
from promptrelay.heartbeat import WORKER, Heartbeat, this_process
from tests.acceptance.project import until

ONE = Process(
    id=new_id(),
    role="worker",
    host="a",
    pid=7,
    account="main",
    version="1.0",
    queues=("upkeep", "standard.post"),
)


def beat(database: Database, process: Process, ahead_s: float = 0.0, waits_for: tuple[str, ...] = ()) -> None:
    with database.write() as connection:
        moment = heartbeats.database_time(connection)
        heartbeats.beat(connection, process, wall_clock=lambda: moment + ahead_s, waits_for=waits_for)


def living(database: Database) -> list[LivingProcess]:
    with database.read() as connection:
        return list(heartbeats.living(connection))


def age(database: Database, process: Process, seconds: float) -> None:
    with database.write() as connection:
        aged = sa.update(table).where(table.c.id == process.id)
        connection.execute(aged.values(seen_at=table.c.seen_at - seconds))


def test_a_beat_tells_who_is_there_and_the_next_one_what_has_changed(database: Database) -> None:
    beat(database, ONE, ahead_s=3.0)
    beat(database, ONE, ahead_s=5.0, waits_for=("Redis: OOM",))
    (found,) = living(database)
    assert Process(**{name: getattr(found, name) for name in Process.__dataclass_fields__}) == ONE
    assert abs(found.ahead_s - 5.0) < 0.5
    assert found.waits_for == ("Redis: OOM",)
    assert found.seen_at >= found.started_at


def test_a_process_that_is_silent_is_dead_and_one_that_ends_is_gone_at_once(database: Database) -> None:
    other = replace(ONE, id=new_id(), pid=8)
    beat(database, ONE)
    beat(database, other)
    age(database, ONE, SILENT_AFTER_S + 1)
    assert [process.pid for process in living(database)] == [8]
    with database.write() as connection:
        heartbeats.end(connection, other.id)
    assert living(database) == []


def test_after_an_hour_the_dead_are_forgotten(database: Database) -> None:
    beat(database, ONE)
    beat(database, replace(ONE, id=new_id()))
    age(database, ONE, 3700)
    with database.write() as connection:
        assert heartbeats.prune(connection) == 1
        assert heartbeats.prune(connection) == 0


def test_the_thread_beats_at_once_and_with_every_change_of_what_is_waited_for(database: Database) -> None:
    waits = Waits()
    heart = Heartbeat(database, this_process(WORKER, "main", ["upkeep"]), SystemClock(), waits)
    begun = time.monotonic()
    heart.start()
    try:
        until(lambda: living(database), 8)
        waits.note("Redis", "READONLY")
        until(lambda: living(database)[0].waits_for == ("Redis: READONLY",), 8)
        waits.over("Redis")
        until(lambda: living(database)[0].waits_for == (), 8)
        assert time.monotonic() - begun < 9, "it waited for its next turn"
    finally:
        heart.stop()
    assert living(database) == []


def test_a_process_whose_work_stands_still_does_not_beat(database: Database) -> None:
    looks: list[int] = []
    heart = Heartbeat(
        database,
        this_process("dispatcher", "main"),
        SystemClock(),
        Waits(),
        looks=[lambda: looks.append(1)],
        is_going=lambda: False,
    )
    heart.start()
    until(lambda: looks, 8)
    heart.stop()
    with database.read() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() == 0
