"""Redis: there, new enough, and keeping what it is given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from config.settings import Settings
from promptrelay.cli.checks.finding import Finding, fail, ok, warn
from promptrelay.data_dir import DataDir
from promptrelay.dataforseo.limits.redis_trial import RedisUnfit, try_redis, unfit
from promptrelay.redis_url import client_url
from promptrelay.stack.errors import NoRedis
from promptrelay.stack.redis_server import choose_redis, embedded_url, ping

OLDEST = (6, 2)
_ONCE: Mapping[str, Any] = {
    "socket_timeout": 3.0,
    "socket_connect_timeout": 3.0,
    "retry": Retry(NoBackoff(), 0),
}


def check_redis(settings: Settings, data: DataDir) -> list[Finding]:
    """The configured server, else the embedded one if it runs."""
    try:
        choice = choose_redis(settings.redis_url)
    except NoRedis as error:
        what, _, cure = str(error).partition(": ")
        return [fail("redis", what, cure)]
    if choice.embedded and not ping(embedded_url(data)):
        return [ok("redis", f"starts with run or up ({choice.program})")]
    url = embedded_url(data) if choice.embedded else settings.redis_url
    try:
        with redis.Redis.from_url(client_url(url), **_ONCE) as client:
            facts: Mapping[str, Any] = client.info("server")
            kept = _configured(client)
            served = serving_finding(client, facts)
    except redis.RedisError as error:
        why = unfit(error)
        what = f"does not answer ({type(error).__name__}): {why.why}"
        return [fail("redis", what, f"{why.cure}; until then nothing is sent or collected")]
    return [served, persistence_finding(kept), policy_finding(kept)]


def serving_finding(client: redis.Redis, facts: Mapping[str, Any]) -> Finding:
    """Whether it does what we need of it: the same trial as before anything is sent."""
    try:
        try_redis(client)
    except RedisUnfit as error:
        return fail("redis", error.why, f"{error.cure}; until then nothing is sent or collected")
    return version_finding(facts)


def _configured(client: redis.Redis) -> Mapping[str, str] | None:
    """None where a service hides its configuration."""
    try:
        found: Mapping[Any, Any] = client.config_get("appendonly") | client.config_get("maxmemory-policy")
    except redis.ResponseError:
        return None
    return {_text(name): _text(value) for name, value in found.items()}


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def version_finding(facts: Mapping[str, Any]) -> Finding:
    """Whether it has the commands that we use."""
    shown = str(facts.get("valkey_version") or facts.get("redis_version", "unknown"))
    speaks = tuple(
        int(part) for part in str(facts.get("redis_version", "0")).split(".")[:2] if part.isdigit()
    )
    if speaks < OLDEST:
        return fail(
            "redis", f"version {shown}", f"use Redis {'.'.join(map(str, OLDEST))} or Valkey, or newer"
        )
    return ok("redis", f"version {shown} answers")


def persistence_finding(kept: Mapping[str, str] | None) -> Finding:
    """Whether queues outlive a restart; everything is rebuilt from SQL all the same, only later."""
    if kept is None:
        return warn("redis appendonly", "the server does not tell", "see that it keeps an append-only file")
    if kept.get("appendonly") != "yes":
        return warn("redis appendonly", "off", "set `appendonly yes`: a restart then loses no queue")
    return ok("redis appendonly", "on")


def policy_finding(kept: Mapping[str, str] | None) -> Finding:
    """Whether a full server refuses writes, which is noticed, instead of dropping keys."""
    if kept is None:
        cure = "see that its maxmemory-policy is noeviction"
        return warn("redis eviction", "the server does not tell", cure)
    policy = kept.get("maxmemory-policy", "unknown")
    if policy != "noeviction":
        return fail(
            "redis eviction", policy, "set `maxmemory-policy noeviction`: it drops messages and limits"
        )
    return ok("redis eviction", policy)
