"""What is on local disk is there, whole, after a power cut or a kill, or not at all (P17)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promptrelay.answers.errors import AnswerMissing, StoreFull, StoreUnavailable
from promptrelay.answers.stores.local import LocalStore
from tests.checkout import ROOT

DEADLINE_S = 60.0
KEY = "segments/main/R/claude/ab.jsonl.zst"


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """What the disk is asked for, in order, with paths relative to the test's folder."""
    seen: list[str] = []

    def name(path: str | os.PathLike[str]) -> str:
        found = Path(path)
        return "PART" if found.name.endswith(".part") else found.relative_to(tmp_path).as_posix()

    def recorded(
        what: str, real: Callable[..., None], path_of: Callable[..., str | Path]
    ) -> Callable[..., None]:
        def call(*args: object, **options: object) -> None:
            seen.append(f"{what} {name(path_of(*args))}")
            real(*args, **options)

        return call

    def by_descriptor(descriptor: int) -> Path:
        return Path(f"/proc/self/fd/{descriptor}").readlink()

    monkeypatch.setattr(os, "fsync", recorded("fsync", os.fsync, by_descriptor))
    monkeypatch.setattr(os, "link", recorded("link", os.link, lambda source, target: target))
    monkeypatch.setattr(os, "mkdir", recorded("mkdir", os.mkdir, lambda path, mode: path))
    return seen


def test_the_file_is_synced_before_it_gets_its_name_and_the_folders_after(
    tmp_path: Path, steps: list[str]
) -> None:
    store = LocalStore(tmp_path / "s")
    assert steps == ["mkdir s", "fsync ."]
    steps.clear()
    store.put_new("a/b/key", b"1")
    assert steps == [
        "mkdir s/a", "mkdir s/a/b",
        "fsync PART", "link s/a/b/key",
        "fsync s/a/b", "fsync s/a", "fsync s",
    ]  # fmt: skip


def test_folders_that_this_process_synced_are_not_synced_again(tmp_path: Path, steps: list[str]) -> None:
    store = LocalStore(tmp_path / "s")
    store.put_new("a/b/key", b"1")
    steps.clear()
    store.put_new("a/b/other", b"1")
    assert steps == ["fsync PART", "link s/a/b/other", "fsync s/a/b"]


def test_an_object_that_exists_is_synced_into_its_folders_all_the_same(
    tmp_path: Path, steps: list[str]
) -> None:
    """Its writer may have been killed between the link and the sync."""
    LocalStore(tmp_path / "s").put_new("a/b/key", b"1")
    another_process = LocalStore(tmp_path / "s")
    steps.clear()
    assert another_process.put_new("a/b/key", b"1") is False
    assert steps == ["fsync s/a/b", "fsync s/a", "fsync s"]


def test_folders_that_were_removed_and_made_again_are_synced_again(tmp_path: Path, steps: list[str]) -> None:
    store = LocalStore(tmp_path / "s")
    store.put_new("a/key", b"1")
    (tmp_path / "s/a/key").unlink()
    (tmp_path / "s/a").rename(tmp_path / "elsewhere")
    steps.clear()
    store.put_new("a/key", b"1")
    assert steps == ["mkdir s/a", "fsync PART", "link s/a/key", "fsync s/a", "fsync s"]


@pytest.mark.parametrize("failing", ["fsync", "link"])
def test_a_disk_error_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    store = LocalStore(tmp_path / "s")

    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patched:
        patched.setattr(os, failing, fails)
        with pytest.raises(StoreUnavailable, match="Input/output error"):
            store.put_new("a/key", b"1")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    assert store.put_new("a/key", b"1")


def child(tmp_path: Path, *lines: str) -> subprocess.Popen[str]:
    """A process with a store open, running those lines; it says `ready` or whatever they print."""
    program = f"""
        import os, resource, sys, time
        sys.path.insert(0, {str(ROOT)!r})
        from pathlib import Path
        from promptrelay.answers.errors import StoreFull
        from promptrelay.answers.stores.local import LocalStore
        store = LocalStore(Path({str(tmp_path / "s")!r}))
        def hang(*_):
            print("ready", flush=True)
            time.sleep({DEADLINE_S})
        """
    text = textwrap.dedent(program) + "\n".join(lines)
    return subprocess.Popen([sys.executable, "-c", text], stdout=subprocess.PIPE, text=True)


def kill_when_ready(process: subprocess.Popen[str]) -> None:
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGKILL)


@pytest.mark.parametrize(
    ("point", "there"),
    [
        ("os.fsync = hang", False),
        ("os.link = hang", False),
        ("real = os.link; os.link = lambda *names: (real(*names), hang())", True),
    ],
    ids=["before the file is synced", "before the link", "after the link"],
)
def test_a_writer_killed_at_any_step_leaves_a_whole_object_or_none(
    tmp_path: Path, point: str, there: bool
) -> None:
    kill_when_ready(child(tmp_path, point, f"store.put_new({KEY!r}, b'x' * 10_000_000)"))
    store = LocalStore(tmp_path / "s")
    assert store.exists(KEY) is there
    assert [one.key for one in store.list("")] == [KEY] * there
    assert store.put_new(KEY, b"x" * 10_000_000) is not there
    assert store.get(KEY) == b"x" * 10_000_000


def test_a_writer_killed_while_bytes_flow_leaves_no_torn_object(tmp_path: Path) -> None:
    for round_no in range(5):
        process = child(
            tmp_path,
            "print('ready', flush=True)",
            f"for n in range(10_000): store.put_new(f'round{round_no}/{{n}}', b'%06d' % n * 500_000)",
        )
        wait_for_a_part(tmp_path / "s" / f"round{round_no}", process)
        kill_when_ready(process)
    store = LocalStore(tmp_path / "s")
    for one in store.list(""):
        assert store.get(one.key) == b"%06d" % int(one.key.split("/")[1]) * 500_000


def wait_for_a_part(folder: Path, process: subprocess.Popen[str]) -> None:
    give_up = time.monotonic() + DEADLINE_S
    while not any(folder.glob(".*.part")):
        assert process.poll() is None
        assert time.monotonic() < give_up


def test_what_killed_writers_left_is_swept_once_it_is_old(tmp_path: Path) -> None:
    kill_when_ready(child(tmp_path, "os.link = hang", f"store.put_new({KEY!r}, b'1')"))
    store = LocalStore(tmp_path / "s")
    store.put_new("other", b"1")
    assert store.sweep_parts(3600) == 0
    (part,) = (tmp_path / "s").rglob(".*.part")
    os.utime(part, (0, 0))
    assert store.sweep_parts(3600) == 1
    assert not part.exists()
    assert store.exists("other")


def test_a_file_that_may_not_grow_is_a_full_store(tmp_path: Path) -> None:
    process = child(
        tmp_path,
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))",
        f"try: store.put_new({KEY!r}, b'x' * 5_000_000)",
        "except StoreFull: print('full', store.exists('small'), store.put_new('small', b'1'))",
    )
    assert process.communicate(timeout=DEADLINE_S)[0] == "full False True\n"
    assert [one.key for one in LocalStore(tmp_path / "s").list("")] == ["small"]
    assert list(tmp_path.rglob(".*.part")) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 kB."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(place)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("may not mount a small file system here; the limit on file sizes is tested beside")
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_full_disk_is_a_full_store_until_there_is_room(small_disk: Path) -> None:
    store = LocalStore(small_disk / "s")
    assert store.put_new("first", b"x" * 40_000)
    with pytest.raises(StoreFull):
        store.put_new("second", b"x" * 40_000)
    assert not store.exists("second")
    store.delete("first")
    assert store.put_new("second", b"x" * 40_000)


def test_a_folder_that_is_gone_is_an_unavailable_store_and_not_an_empty_one(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "s")
    store.put_new("key", b"1")
    (tmp_path / "s").rename(tmp_path / "elsewhere")
    for call in (store.get, store.exists, lambda key: list(store.list(key))):
        with pytest.raises(StoreUnavailable):
            call("key")
    with pytest.raises(StoreUnavailable):
        store.put_new("other", b"1")
    assert not (tmp_path / "s").exists()


def test_a_file_in_the_way_of_a_folder_is_an_unavailable_store(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "s")
    store.put_new("a", b"1")
    with pytest.raises(StoreUnavailable):
        store.put_new("a/b", b"1")
    with pytest.raises(AnswerMissing):
        store.get("a/b")
