"""The Celery application of the workers; `celery -A workers.app …` finds it here."""

from __future__ import annotations

from typing import Any

from celery.signals import setup_logging, worker_init, worker_shutting_down

from config.celery_options import celery_options
from config.log_lines import log_to_stderr
from config.settings import Settings
from promptrelay.broker import make_app
from promptrelay.redis_url import broker_url
from workers.opening import open_rooms

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

settings = Settings()
app = make_app(
    "promptrelay",
    celery_options(broker_url(settings.redis_url or "redis://localhost:6379/0")),
    include=_TASKS,
)


@setup_logging.connect
def begin_log(**_: Any) -> None:
    """Replace Celery's own logging: being connected is enough for it to keep away."""
    log_to_stderr()


@worker_init.connect
def enter_rooms(**_: Any) -> None:
    """Hang the rooms on the application before the first task."""
    app.rooms = open_rooms(settings, app)


@worker_shutting_down.connect
def send_no_more(**_: Any) -> None:
    """From the first SIGTERM on nothing new is sent; Celery waits for the calls in flight."""
    app.rooms.ending.set()
