"""A real server on a private socket: it starts, answers, keeps its data, and never runs twice."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from kombu import Connection

from promptrelay.data_dir import DataDir
from promptrelay.redis_url import broker_url, client_url
from promptrelay.stack import redis_server
from promptrelay.stack.redis_server import choose_redis, embedded_url, ping, redis_spec
from tests.integration.stack.processes import eventually, is_alive, is_gone


def client(data: DataDir) -> redis.Redis:
    return redis.Redis.from_url(client_url(embedded_url(data)))


@pytest.fixture
def choice() -> redis_server.RedisChoice:
    return choose_redis(None)


def server_pid(data: DataDir) -> int:
    return int((data.run / "redis.pid").read_text())


def test_it_starts_answers_and_stops(stack_of, data, choice) -> None:
    url = embedded_url(data)
    assert not ping(url)
    stack = stack_of(redis_spec(choice, data))
    stack.start()
    assert ping(url)
    pid = server_pid(data)
    assert is_alive(pid)
    assert not is_gone(data)
    stack.stop()
    assert not ping(url)
    assert not is_alive(pid)
    assert is_gone(data)


def test_a_server_on_the_path_serves_from_a_directory_of_its_own(
    stack_of, data, choice, tmp_path, monkeypatch
) -> None:
    (tmp_path / "redis-server").symlink_to(choice.program)
    monkeypatch.setenv("PATH", str(tmp_path))
    installed = choose_redis(None)
    assert (installed.source, installed.program) == ("path", tmp_path / "redis-server")
    stack_of(redis_spec(installed, data)).start()
    assert ping(embedded_url(data))
    assert [path.name for path in data.redis.iterdir()] == ["redis-server"]


def test_only_the_owner_reaches_it_and_only_by_its_socket(stack_of, data, choice) -> None:
    stack_of(redis_spec(choice, data)).start()
    assert stat.S_IMODE(data.socket("redis").stat().st_mode) == 0o700
    with client(data) as server:
        settings = server.config_get("*")
    assert settings["port"] == "0"
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "everysec")
    assert (settings["maxmemory-policy"], settings["save"]) == ("noeviction", "")


def test_its_data_survive_a_stop_and_a_kill(stack_of, data, choice) -> None:
    stack = stack_of(redis_spec(choice, data))
    stack.start()
    with client(data) as server:
        server.set("stopped", "1")
    stack.stop()
    again = stack_of(redis_spec(choice, data))
    again.start()
    with client(data) as server:
        assert server.get("stopped") == b"1"
        server.set("killed", "1")
    os.kill(server_pid(data), signal.SIGKILL)
    eventually(lambda: (again.supervise(), ping(embedded_url(data)))[1])
    with client(data) as server:
        assert server.mget("stopped", "killed") == [b"1", b"1"]


def test_a_new_server_waits_until_one_whose_wrapper_was_killed_is_gone(
    stack_of, data, choice, recorder
) -> None:
    stack = stack_of(redis_spec(choice, data))
    stack.start()
    with client(data) as server:
        server.set("kept", "1")
    old = server_pid(data)
    os.kill(stack.pids()["redis"], signal.SIGKILL)
    eventually(lambda: (stack.supervise(), recorder.kinds("redis").count("ready") == 2)[1])
    assert not is_alive(old)
    with client(data) as server:
        assert server.get("kept") == b"1"


def test_clients_and_the_broker_meet_in_it(stack_of, data, choice) -> None:
    stack_of(redis_spec(choice, data)).start()
    for url in (embedded_url(data), embedded_url(data) + "?db=3"):
        with Connection(broker_url(url)) as connection:
            queue = connection.SimpleQueue("meeting")
            queue.put("hello")
            with redis.Redis.from_url(client_url(url)) as server:
                assert server.llen("meeting") == 1
            assert queue.get(timeout=5).payload == "hello"
            queue.close()


@pytest.fixture
def long_data() -> Iterator[DataDir]:
    with tempfile.TemporaryDirectory(prefix="pr-", dir="/tmp") as temp:
        data = DataDir(Path(temp) / ("deep" * 40) / "data").make()
        yield data
        shutil.rmtree(data.socket("redis").parent)


def test_a_data_directory_with_a_long_path_works(stack_of, long_data, choice) -> None:
    stack_of(redis_spec(choice, long_data)).start()
    assert ping(embedded_url(DataDir(long_data.path)))
    with Connection(broker_url(embedded_url(long_data))) as connection:
        connection.ensure_connection(max_retries=1)
