"""The clock rests while nothing is due, and no longer."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from producers.clock import rhythm as module
from producers.clock.dispatcher import TICK_S
from producers.clock.rhythm import REST_S, Rhythm
from promptrelay.database import upkeep
from promptrelay.database.database import Database
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.evidence import Accepted
from tests.integration.database.books import ACCOUNT, add_job, open_books, record, send

LONG_S = 60.0


@dataclass
class Ticking:
    """As much of a dispatcher as a rhythm knows."""

    database: Database
    account: str = ACCOUNT
    last_look_after_s: float = 0.0
    firing: None = None
    clock: SystemClock = field(default_factory=SystemClock)
    free: int | None = None
    """Live slots that jobs wait for; None: none waits."""
    ticked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    filled: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def tick(self) -> None:
        self.ticked.release()

    def waits_for_slots(self) -> bool:
        return self.free is not None

    def may_fill_slots(self) -> bool:
        return bool(self.free)

    def fill_slots(self) -> None:
        self.free = 0
        self.filled.release()


def pause_s(database: Database, **facts: Any) -> float:
    return Rhythm(cast("Any", Ticking(database, **facts)), threading.Event()).pause_s()


def test_it_rests_while_nothing_is_due(database: Database) -> None:
    open_books(database)
    assert pause_s(database) == REST_S


def test_it_does_not_rest_while_a_job_waits_to_be_sent(database: Database) -> None:
    open_books(database)
    add_job(database)
    assert pause_s(database) == TICK_S


def test_it_rests_until_the_next_look_if_it_polls(database: Database) -> None:
    open_books(database)
    attempt = send(database, add_job(database))
    record(database, Accepted(attempt_id=attempt, provider_id="p", look_in_s=1.5))
    assert TICK_S <= pause_s(database) <= 1.5 < REST_S
    assert pause_s(database, last_look_after_s=LONG_S) == REST_S


def test_it_rests_until_the_next_upkeep_and_not_for_what_nobody_wants(database: Database) -> None:
    open_books(database)
    with database.write() as connection:
        assert upkeep.take_turn(connection, ACCOUNT, "ready.claude", every_s=-LONG_S)
        assert upkeep.take_turn(connection, ACCOUNT, "upkeep.balance", every_s=1.5)
    assert TICK_S <= pause_s(database) <= 1.5 < REST_S


def test_a_commit_ends_its_rest(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "REST_S", 3600.0)
    open_books(database)
    ending, clock = threading.Event(), Ticking(database)
    going = threading.Thread(target=Rhythm(cast("Any", clock), ending).go_on)
    going.start()
    try:
        for number in range(3):
            assert clock.ticked.acquire(timeout=LONG_S)
            with database.write() as connection:
                upkeep.take_turn(connection, ACCOUNT, f"trial.{number}", every_s=LONG_S)
        assert clock.ticked.acquire(timeout=LONG_S)
    finally:
        ending.set()
        going.join(LONG_S)
    assert not going.is_alive()


def test_a_live_slot_that_becomes_free_is_filled_between_ticks(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TICK_S", 3600.0)
    ending, clock = threading.Event(), Ticking(database, free=0)
    going = threading.Thread(target=Rhythm(cast("Any", clock), ending).go_on)
    going.start()
    try:
        assert clock.ticked.acquire(timeout=LONG_S)
        for _ in range(2):
            clock.free = 1
            assert clock.filled.acquire(timeout=LONG_S)
    finally:
        ending.set()
        going.join(LONG_S)
    assert not going.is_alive()
    assert not clock.ticked.acquire(blocking=False)
