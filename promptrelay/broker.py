"""Queues, task names and messages: the only room here that knows Celery and kombu.

Messages carry ids only, and none is the only copy of anything: SQL is the truth, and the dispatcher
publishes again what was lost.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from celery import Celery
from kombu.entity import Queue
from kombu.exceptions import OperationalError
from kombu.transport import TRANSPORT_ALIASES

from promptrelay.domain.account.name import DEFAULT_ACCOUNT
from promptrelay.domain.platform import Platform

POST = "standard.post"
COLLECT = "standard.collect"
FETCH = "standard.fetch"
GET = "standard.get"
ASK = "live.ask"
RECOVER = "upkeep.recover"
UPKEEP = (
    RECOVER,
    "upkeep.balance",
    "upkeep.models",
    "upkeep.compact",
    "upkeep.numbers",
    "upkeep.tidy",
)


def live_queue(platform: str) -> str:
    """The queue of a platform's Live calls."""
    return f"live.{platform}"


def queue_of(account: str, queue: str) -> str:
    """What the account's queue is called in Redis: several accounts may share one."""
    return queue if account == DEFAULT_ACCOUNT else f"{queue}{_OF}{account}"


def plain_name(queue: str) -> str:
    """What a queue is called by those who know its account."""
    return queue.partition(_OF)[0]


STANDARD_QUEUES = (POST, COLLECT, GET, "upkeep")
LIVE_QUEUES = tuple(live_queue(platform) for platform in Platform)
QUEUES = (*STANDARD_QUEUES, *LIVE_QUEUES)
_OF = "@"

BrokerUnreachable = OperationalError


def make_app(name: str, options: Mapping[str, Any], *, account: str, include: Sequence[str] = ()) -> Celery:
    """An application with the account's queues; it connects to nothing yet."""
    # By name, so that it is imported only where something connects.
    TRANSPORT_ALIASES.update(
        dict.fromkeys(("redis", "rediss"), "promptrelay.redis_transport:SteadyTransport")
    )
    app = Celery(name, include=list(include))
    app.conf.update(options)
    app.conf.task_queues = [Queue(queue_of(account, queue)) for queue in QUEUES]  # type: ignore[no-untyped-call]
    return app


class Publisher:
    """Publishes an account's messages; raises BrokerUnreachable when Redis does not answer."""

    def __init__(self, app: Celery, account: str) -> None:
        self._app = app
        self._account = account

    def post(self, platform: str, job_ids: Sequence[str]) -> None:
        """Post these jobs, at most 100, of one platform."""
        self._send(POST, POST, [platform, list(job_ids)], f"{platform} {len(job_ids)} jobs")

    def ask(self, platform: str, job_id: str) -> None:
        """Ask for one job's answer Live."""
        self._send(ASK, live_queue(platform), [platform, job_id], f"{platform} {job_id[:8]}")

    def collect(self, platform: str) -> None:
        """Read the platform's list of ready tasks."""
        self._send(COLLECT, COLLECT, [platform], platform)

    def fetch(self, platform: str, listed: Sequence[tuple[str, str]]) -> None:
        """Fetch these listed tasks: pairs of attempt and provider id."""
        arguments = [[list(pair) for pair in listed]]
        self._send(FETCH, COLLECT, arguments, f"{platform} {len(listed)} listed")

    def get(self, attempt_id: str, looks: int) -> None:
        """Look at one attempt once more; it is one Celery task, retried until the answer is there."""
        self._send(GET, GET, [attempt_id], attempt_id, task_id=f"get-{attempt_id}", retries=looks)

    def upkeep(self, name: str) -> None:
        """Do a piece of upkeep."""
        self._send(name, "upkeep", [], name)

    def waiting(self, queue: str) -> int:
        """How many messages wait in a queue."""
        with self._app.connection_for_read() as connection:
            return int(connection.default_channel.client.llen(queue_of(self._account, queue)))

    def _send(self, task: str, queue: str, arguments: list[Any], shown: str, **options: Any) -> None:
        self._app.send_task(
            task,
            args=arguments,
            queue=queue_of(self._account, queue),
            argsrepr=shown,
            kwargsrepr="",
            **options,
        )
