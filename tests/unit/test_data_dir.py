"""The data directory is private, durable, and tells every process the same places."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from promptrelay.data_dir import SOCKET_PATH_BYTES_MAX, DataDir


@pytest.fixture
def long_path(tmp_path: Path) -> Path:
    return tmp_path / ("deep" * 30) / "data"


@pytest.fixture(autouse=True)
def _short_temp(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    tmp_path_factory.getbasetemp()  # Else pytest would make its own place in ours, which goes with the test.
    with tempfile.TemporaryDirectory(prefix="pr-", dir="/tmp") as temp:
        monkeypatch.setattr(tempfile, "tempdir", temp)
        yield


def test_every_directory_is_open_to_its_owner_alone(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "new" / "data").make()
    for directory in (data.path, data.redis, data.logs, data.run, data.answers, data.spool):
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert (data.path / ".gitignore").read_text() == "*\n"


def test_naming_places_writes_nothing(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data")
    assert data.log("worker") == data.path / "logs" / "worker.log"
    assert data.database.parent == data.path
    assert not data.path.exists()


def test_making_twice_keeps_what_is_there(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data").make()
    (data.answers / "segment").write_text("paid")
    (data.path / ".gitignore").write_text("mine")
    data.make()
    assert (data.answers / "segment").read_text() == "paid"
    assert (data.path / ".gitignore").read_text() == "mine"


def test_in_a_folder_that_was_there_others_decide_what_git_sees(tmp_path: Path) -> None:
    DataDir(tmp_path).make()
    assert not (tmp_path / ".gitignore").exists()


def test_what_others_may_read_is_named(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data").make()
    data.database.touch(0o600)
    assert data.open_to_others() == []
    data.path.chmod(0o755)
    data.database.chmod(0o644)
    wal = data.database.with_name(f"{data.database.name}-wal")
    wal.touch(0o600)
    assert data.open_to_others() == [data.path, data.database]


def test_a_relative_path_stays_where_it_was_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    data = DataDir(".promptrelay")
    monkeypatch.chdir("/")
    assert data.path == tmp_path / ".promptrelay"


def test_a_short_path_keeps_its_sockets_inside() -> None:
    data = DataDir(Path(tempfile.gettempdir()) / "d").make()
    assert data.socket("redis") == data.run / "redis.sock"


def test_a_long_path_puts_its_sockets_into_a_private_directory_that_all_agree_on(long_path: Path) -> None:
    data = DataDir(long_path).make()
    socket = data.socket("redis")
    assert len(os.fsencode(socket)) <= SOCKET_PATH_BYTES_MAX
    assert stat.S_IMODE(socket.parent.stat().st_mode) == 0o700
    assert DataDir(long_path).socket("redis") == socket
    assert data.socket("other").parent == socket.parent


def test_a_directory_for_sockets_that_is_not_ours_alone_any_more_is_left(long_path: Path) -> None:
    data = DataDir(long_path).make()
    first = data.socket("redis").parent
    first.chmod(0o755)
    second = data.socket("redis").parent
    assert second != first
    second.rmdir()
    assert data.socket("redis").parent not in {first, second}


def test_a_long_directory_for_temporary_files_is_not_used(
    long_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = DataDir(long_path).make()
    monkeypatch.setattr(tempfile, "tempdir", str(long_path))
    socket = data.socket("redis")
    assert len(os.fsencode(socket)) <= SOCKET_PATH_BYTES_MAX
    socket.parent.rmdir()


def test_only_one_holds_the_lock_and_it_says_who(tmp_path: Path) -> None:
    data = DataDir(tmp_path / "data").make()
    first, second = data.lock(), data.lock()
    assert second.holder() is None
    assert first.try_acquire()
    assert first.try_acquire()
    assert not second.try_acquire()
    assert (first.held, second.held, second.holder()) == (True, False, os.getpid())
    first.release()
    assert second.try_acquire()
    second.release()
