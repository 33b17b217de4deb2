"""When the clock ticks: at once when something may be due, seldom while nothing is."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from producers.clock.dispatcher import TICK_S, Dispatcher
from promptrelay.database import next_due
from promptrelay.database.changes import Changes
from promptrelay.database.clock import database_time

REST_S = 2.0
"""The longest pause: for what becomes due without a row that says when."""

SLOT_S = 0.03
"""How often it is looked whether a Live slot became free, while jobs wait for one."""


@dataclass(slots=True)
class Rhythm:
    """Lets a dispatcher tick until it is told to end."""

    dispatcher: Dispatcher
    ending: threading.Event
    _changes: Changes = field(init=False)

    def __post_init__(self) -> None:
        self._changes = Changes(self.dispatcher.database)

    def go_on(self) -> None:
        """Tick until the end. Whatever anybody commits ends a pause."""
        while not self.ending.is_set():
            seen = self._changes.latest()
            self.dispatcher.tick()
            self._pause(seen)
        self._changes.close()

    def _pause(self, seen: int | None) -> None:
        left_s = self.pause_s()
        while not self._waited(min(left_s, TICK_S)):
            left_s -= TICK_S
            if left_s <= 0 or seen is None or self._changes.latest() != seen:
                return

    def _waited(self, for_s: float) -> bool:
        """Wait, and meanwhile hand out each Live slot that becomes free; whether it is time to end."""
        clock = self.dispatcher.clock
        ends_at = clock.boottime() + for_s
        while (left_s := ends_at - clock.boottime()) > 0 and self.dispatcher.waits_for_slots():
            if self.ending.wait(min(left_s, SLOT_S)):
                return True
            if self.dispatcher.may_fill_slots():
                self.dispatcher.fill_slots()
        return self.ending.wait(max(0.0, left_s))

    def pause_s(self) -> float:
        """How long to rest now: a tick's time while jobs wait to be sent, or nobody can say."""
        try:
            return max(TICK_S, min(self._due_s(), REST_S))
        except SQLAlchemyError:
            return TICK_S

    def _due_s(self) -> float:
        account, firing = self.dispatcher.account, self.dispatcher.firing
        with self.dispatcher.database.read() as connection:
            if next_due.is_busy(connection, account):
                return 0.0
            due_s = next_due.next_due_s(connection, account, polls=not self.dispatcher.last_look_after_s)
            if firing is None:
                return due_s
            at = firing.calendar.at(database_time(connection))
            return min(due_s, next_due.next_schedule_at(connection, account) - at)
