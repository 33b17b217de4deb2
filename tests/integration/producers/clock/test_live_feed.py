"""Live jobs go out for free slots alone: what finds no slot would only be claimed, refused and given back."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import redis
import sqlalchemy as sa

from config.settings import Settings
from promptrelay.cli.dispatcher_opening import dispatcher_of
from promptrelay.database.database import Database
from promptrelay.database.schema import accounts, jobs
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import JobState
from tests.integration.database.crowd import ACCOUNT, open_runs

ASKED = Platform.CHAT_GPT


@dataclass
class Slots:
    """Live slots of which so many are free."""

    now_free: int

    def needs_seeding(self) -> bool:
        return False

    def free(self, _platform: Platform) -> int:
        return self.now_free


@dataclass
class Messages:
    """What was published, instead of publishing it."""

    asked: list[str] = field(default_factory=list)

    def ask(self, platform: str, job_id: str) -> None:
        assert platform == ASKED
        self.asked.append(job_id)

    def upkeep(self, name: str) -> None:
        """None of it is done here."""


def test_as_many_are_asked_as_slots_are_free_and_one_more_for_each_that_becomes_free(
    database: Database, redis_client: redis.Redis, tmp_path: Path
) -> None:
    open_runs(database, 2, 10)
    with database.write() as connection:
        connection.execute(sa.update(jobs).values(method=Method.LIVE))
        connection.execute(sa.update(accounts).values(balance_nanos=Usd.of("100").nanos))
    slots, messages = Slots(3), Messages()
    dispatcher = dispatcher_of(
        Settings(_env_file=None, account=ACCOUNT, data_dir=tmp_path),
        database=database,
        clock=SystemClock(),
        client=redis_client,
        publisher=cast("Any", messages),
    )
    dispatcher.live = replace(dispatcher.live, slots=cast("Any", slots))
    dispatcher.tick()
    assert len(messages.asked) == 3
    dispatcher.fill_slots()
    assert len(messages.asked) == 3, "their messages are on the way"
    with database.write() as connection:
        taken = jobs.c.id.in_(messages.asked)
        connection.execute(sa.update(jobs).where(taken).values(state=JobState.IN_FLIGHT))
    slots.now_free = 0
    assert dispatcher.waits_for_slots()
    assert not dispatcher.may_fill_slots()
    slots.now_free = 1
    assert dispatcher.may_fill_slots()
    dispatcher.fill_slots()
    assert len(messages.asked) == 4
