"""Tries a Redis the way that we use it: queues, leases, one of our scripts; looks at its role and room."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

import redis

from promptrelay.dataforseo.limits.live_slots import script_text

_FULL = 0.97
_CODES = (
    ("ReadOnlyError", "READONLY"),
    ("OutOfMemoryError", "OOM"),
    ("NoPermissionError", "NOPERM"),
    ("BusyLoadingError", "LOADING"),
    ("AuthenticationWrongNumberOfArgsError", "NOAUTH"),
    ("AuthenticationError", "AUTH"),
    ("ClusterDownError", "CLUSTERDOWN"),
    ("MovedError", "MOVED"),
    ("ClusterCrossSlotError", "CROSSSLOT"),
    ("MasterDownError", "MASTERDOWN"),
)
_CURES = {
    "READONLY": "use its primary",
    "OOM": "give it more memory",
    "NOPERM": "give our user +@all, or at least INFO, EVAL and what queues need, on every key and channel",
    "NOAUTH": "put the password into PROMPTRELAY_REDIS_URL",
    "WRONGPASS": "correct the password in PROMPTRELAY_REDIS_URL",
    "AUTH": "correct the password in PROMPTRELAY_REDIS_URL",
    "LOADING": "wait until it has read its file",
    "MOVED": "use a Redis that is no cluster",
    "CROSSSLOT": "use a Redis that is no cluster",
    "CLUSTERDOWN": "use a Redis that is no cluster",
}


class RedisUnfit(Exception):
    """This Redis cannot serve: `why` in its own words, in one line and without secrets, and the cure."""

    def __init__(self, why: str, cure: str) -> None:
        super().__init__(f"Redis: {why}; {cure}")
        self.why = why
        self.cure = cure


def try_redis(client: redis.Redis) -> None:
    """Return if the server can carry our queues and limits. Raises RedisUnfit.

    Takes some ten round trips and leaves nothing behind.
    """
    try:
        _look_at(client.info())
        _use(client)
    except redis.RedisError as error:
        raise unfit(error) from None


def unfit(error: BaseException) -> RedisUnfit:
    """What a failed command means, with the server's code and words."""
    code, said = _code(error), " ".join(str(error).split())
    why = f"{code} {said}" if code and not said.startswith(code) else said or type(error).__name__
    return RedisUnfit(why, _CURES.get(code, "start it, or correct PROMPTRELAY_REDIS_URL"))


def _code(error: BaseException) -> str:
    told = getattr(error, "status_code", None)
    if isinstance(told, str):
        return told
    # redis-py before 8 drops the server's code and keeps it as a class.
    names = {kind.__name__ for kind in type(error).__mro__}
    return next((code for name, code in _CODES if name in names), "")


def _look_at(facts: Mapping[str, Any]) -> None:
    if int(facts.get("cluster_enabled", 0)):
        raise RedisUnfit("it is a cluster", "use a Redis that is no cluster: our scripts need all their keys")
    if facts.get("role", "master") != "master":
        raise RedisUnfit("READONLY it is a replica", "use its primary")
    policy = facts.get("maxmemory_policy", "noeviction")
    if policy != "noeviction":
        raise RedisUnfit(f"it may drop keys (maxmemory-policy {policy})", "set `maxmemory-policy noeviction`")
    most, used = int(facts.get("maxmemory", 0)), int(facts.get("used_memory", 0))
    if most and used > _FULL * most:
        raise RedisUnfit(f"OOM it is full ({used:,} of {most:,} bytes)", "give it more memory")


def _use(client: redis.Redis) -> None:
    """Every kind of command that our queues, leases, events and limits are made of."""
    name = uuid4().hex
    queue, bindings, leases = (
        f"standard.trial.{name}",
        f"_kombu.binding.trial.{name}",
        f"unacked.trial.{name}",
    )
    slots = [f"promptrelay:trial:{name}", f"promptrelay:trial:{name}:x"]
    keys = (queue, bindings, leases, f"{leases}:index", *slots)
    try:
        client.lpush(queue, "trial")
        client.brpop([queue], timeout=1)
        with client.pipeline() as pipe:
            pipe.sadd(bindings, "trial")
            pipe.smembers(bindings)
            pipe.hset(leases, "trial", "trial")
            pipe.zadd(f"{leases}:index", {"trial": 1})
            pipe.zrevrangebyscore(f"{leases}:index", "+inf", "-inf")
            pipe.publish(name, "trial")
            pipe.execute()
        with client.pubsub() as events:  # type: ignore[no-untyped-call]
            events.psubscribe(f"{name}*")
            events.get_message(timeout=1.0)
        client.register_script(script_text("acquire"))(keys=slots, args=[1, 2, "x", "trial", 1, 0, 1])
    finally:
        # What could not be written need not be deleted; the first error is the one that is told.
        with suppress(redis.RedisError):
            client.delete(*keys)
