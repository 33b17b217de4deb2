"""Says every ten seconds in SQL that this process is there, and at once when it begins or ends to wait."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from importlib.metadata import version

from sqlalchemy.exc import SQLAlchemyError

from promptrelay.database import heartbeats
from promptrelay.database.database import Database
from promptrelay.database.heartbeats import BEAT_EVERY_S, Process
from promptrelay.domain.clock import Clock
from promptrelay.domain.ids import new_id
from promptrelay.domain.waits import Waits

log = logging.getLogger(__name__)

WORKER, DISPATCHER = "worker", "dispatcher"
_PRUNE_EVERY_BEATS = 60
_END_WITHIN_S = 5.0
_LOOK_AGAIN_S = 2.0
"""While anything is waited for, so that it is soon known that it is over."""


def this_process(role: str, account: str, queues: Sequence[str] = ()) -> Process:
    """What this process says of itself."""
    return Process(
        id=new_id(),
        role=role,
        host=socket.gethostname(),
        pid=os.getpid(),
        account=account,
        version=version("promptrelay"),
        queues=tuple(queues),
    )


class Heartbeat:
    """A thread of its own, so that a busy process beats too. An upsert every ten seconds is all it costs.

    `looks` are called before each beat and note what is waited for; they must not raise. While `is_going`
    says no, the process counts as dead: its thread lives, its work does not.
    """

    def __init__(
        self,
        database: Database,
        process: Process,
        clock: Clock,
        waits: Waits,
        *,
        looks: Sequence[Callable[[], object]] = (),
        is_going: Callable[[], bool] = lambda: True,
    ) -> None:
        self._database = database
        self._process = process
        self._clock = clock
        self._waits = waits
        self._looks = tuple(looks)
        self._is_going = is_going
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat_on, name="heartbeat", daemon=True)

    def start(self) -> None:
        """Beat from now on; once more does nothing."""
        if not self._thread.is_alive() and not self._ended.is_set():
            self._thread.start()

    def stop(self) -> None:
        """Beat no more, and take the sign of life back."""
        if self._ended.is_set():
            return
        self._ended.set()
        self._waits.changed.set()
        if self._thread.is_alive():
            self._thread.join(_END_WITHIN_S)
        try:
            with self._database.write() as connection:
                heartbeats.end(connection, self._process.id)
        except SQLAlchemyError:
            log.warning("heartbeat.left")

    def _beat_on(self) -> None:
        beats = 0
        while not self._ended.is_set():
            self._waits.changed.clear()
            for look in self._looks:
                look()
            if self._is_going():
                self._beat(prunes=beats % _PRUNE_EVERY_BEATS == 0)
                beats += 1
            self._waits.changed.wait(_LOOK_AGAIN_S if self._waits.all() else BEAT_EVERY_S)

    def _beat(self, *, prunes: bool) -> None:
        try:
            with self._database.write() as connection:
                heartbeats.beat(
                    connection, self._process, wall_clock=self._clock.now, waits_for=self._waits.all()
                )
                if prunes:
                    heartbeats.prune(connection)
        except SQLAlchemyError as error:
            log.warning("heartbeat.missed", extra={"kind": type(error).__name__})
