"""Starts a worker: waits for what it cannot work without, says so, and takes nothing before it is there."""

from __future__ import annotations

import logging
from collections.abc import Sequence

import redis

from config.settings import Settings
from promptrelay.dataforseo.limits.redis_trial import RedisUnfit, try_redis
from promptrelay.domain.waits import REDIS, Saying, Waits
from promptrelay.heartbeat import WORKER, Heartbeat, this_process
from promptrelay.wiring import asking_redis_once
from workers.rooms import Rooms

log = logging.getLogger(__name__)

LOCAL_REDIS = "redis://localhost:6379/0"
_TRY_EVERY_S = 1.0
_ANSWER_WITHIN_S = 3.0


def begin(settings: Settings, rooms: Rooms, queues: Sequence[str]) -> Heartbeat:
    """The worker's heartbeat, beating; returns when Redis is fit to serve.

    A store that does not pass its trial keeps the gate shut: then free calls go on, and nothing is paid for.
    """
    client = asking_redis_once(settings.redis_url or LOCAL_REDIS, answer_s=_ANSWER_WITHIN_S)
    redis_look = RedisLook(client, rooms.waits)
    heartbeat = Heartbeat(
        rooms.database,
        this_process(WORKER, rooms.account, queues),
        rooms.clock,
        rooms.waits,
        looks=(redis_look, rooms.gate.is_open),
    )
    rooms.gate.try_now()
    heartbeat.start()
    while not redis_look():
        rooms.clock.sleep(_TRY_EVERY_S)
    return heartbeat


class RedisLook:
    """Looks whether Redis can serve, notes it, and says what is waited for; any thread may call it."""

    def __init__(self, client: redis.Redis, waits: Waits) -> None:
        self._client = client
        self._waits = waits
        self._saying = Saying()

    def __call__(self) -> bool:
        """Whether it can."""
        try:
            try_redis(self._client)
        except RedisUnfit as error:
            self._waits.note(REDIS, error.why)
            if self._saying.is_due(error.why):
                log.warning("redis.awaited", extra={"why": error.why, "cure": error.cure})
            return False
        self._waits.over(REDIS)
        if self._saying.ends():
            log.info("redis.serves")
        return True
