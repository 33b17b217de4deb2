"""The Celery application of the workers; `celery -A workers.app …` finds it here."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Sequence
from typing import Any

from celery.bootsteps import StartStopStep
from celery.exceptions import CPendingDeprecationWarning
from celery.signals import setup_logging, worker_shutting_down
from celery.utils.nodenames import default_nodename, host_format
from sqlalchemy.exc import SQLAlchemyError

from config.celery_options import celery_options
from config.loading import SettingsUnusable, read_settings
from config.log_lines import log_to_stderr
from promptrelay.answers.errors import AnswerError
from promptrelay.broker import make_app, plain_name, queue_of
from promptrelay.database.errors import DatabaseError
from promptrelay.heartbeat import Heartbeat
from promptrelay.redis_url import broker_url
from workers.opening import open_rooms
from workers.starting import LOCAL_REDIS, begin

_TASKS = (
    "workers.paying.standard",
    "workers.collecting.ready_list",
    "workers.collecting.poll",
    "workers.paying.live",
    "workers.upkeep.balance",
    "workers.upkeep.models",
    "workers.upkeep.compact",
    "workers.restored.detection",
    "workers.unknown.recover",
    "workers.upkeep.tidy",
)

log = logging.getLogger(__name__)
try:
    settings = read_settings()
except SettingsUnusable as error:
    # Whoever imports this shows what it raises: one line, as a trace would hold values.
    raise SystemExit(f"promptrelay: {error}") from None
app = make_app(
    "promptrelay",
    celery_options(broker_url(settings.redis_url or LOCAL_REDIS)),
    account=settings.account,
    include=_TASKS,
)


class OpenRooms(StartStopStep):
    """Hangs the rooms on the application before the worker connects to anything.

    A step and no signal: Celery logs what a handler of `worker_init` raises, and carries on without rooms.
    """

    def create(self, parent: Any) -> Heartbeat:  # noqa: ARG002 - Celery calls it so
        """Waits until the worker can work; ends the process with one line when it never will."""
        os.umask(0o077)
        try:
            app.rooms = open_rooms(settings, app)
            return begin(settings, app.rooms, sorted(map(plain_name, app.amqp.queues.consume_from)))
        except (AnswerError, DatabaseError, SQLAlchemyError) as error:
            # What a driver says can hold values and addresses.
            why = type(error).__name__ if isinstance(error, SQLAlchemyError) else str(error)
            log.critical("worker.cannot_start", extra={"why": why})
            raise SystemExit(1) from None


app.steps["worker"].add(OpenRooms)


@setup_logging.connect
def begin_log(**_: Any) -> None:
    """Replace Celery's own logging: being connected is enough for it to keep away."""
    log_to_stderr()
    # Nine lines with every loss of Redis about a default of Celery 6; the option is set.
    warnings.filterwarnings("ignore", category=CPendingDeprecationWarning)


@worker_shutting_down.connect
def send_no_more(**_: Any) -> None:
    """From the first SIGTERM on nothing new is sent; Celery waits for the calls in flight."""
    app.rooms.ending.set()


def consume(name: str, queues: Sequence[str], concurrency: int) -> int:
    """Work on the account's queues until told to end; the exit code, which `worker_main` would forget."""
    worker = app.Worker(
        hostname=host_format(default_nodename(name)),
        queues=[queue_of(settings.account, queue) for queue in queues],
        concurrency=concurrency,
        pool_cls="threads",
        loglevel=logging.INFO,
        without_gossip=True,
        without_mingle=True,
        task_events=True,
    )
    worker.start()
    return 1 if worker.exitcode is None else int(worker.exitcode)
