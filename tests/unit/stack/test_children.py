"""Back-off, events for people, and logs that do not grow for ever."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from promptrelay.stack import children
from promptrelay.stack.children import Backoff, ChildSpec, StackEvent


def test_each_early_death_doubles_the_wait_up_to_half_a_minute() -> None:
    backoff = Backoff()
    assert [backoff.after(0.1) for _ in range(8)] == [0.5, 1, 2, 4, 8, 16, 30, 30]


def test_half_a_minute_alive_forgets_earlier_deaths() -> None:
    backoff = Backoff()
    for _ in range(5):
        backoff.after(29.9)
    assert backoff.after(30.0) == 0.5
    assert backoff.after(29.9) == 1


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (StackEvent(kind="child.started", child="redis", pid=7), "redis started"),
        (
            StackEvent(kind="child.died", child="worker", pid=None, detail="exit status 1", retry_in_s=0.5),
            "worker died (exit status 1), starts again in 0.5 s",
        ),
        (
            StackEvent(kind="child.died", child="worker", pid=None, detail="signal SIGKILL", retry_in_s=30.0),
            "worker died (signal SIGKILL), starts again in 30 s",
        ),
    ],
)
def test_an_event_reads_as_a_line_for_people(event: StackEvent, line: str) -> None:
    assert str(event) == line


def _spec(log: Path) -> ChildSpec:
    return ChildSpec(name="talker", argv=[sys.executable, "-c", ""], log_path=log)


def _open_and_close(log: Path) -> None:
    with children._open_log(_spec(log).log_path):
        pass


def test_a_log_over_its_bound_moves_aside_at_the_next_start(tmp_path: Path) -> None:
    log = tmp_path / "talker.log"
    log.write_bytes(b"x" * (children.LOG_BYTES_MAX + 1))
    old = log.with_name("talker.log.1")
    old.write_text("oldest")
    _open_and_close(log)
    assert log.stat().st_size == 0
    assert old.stat().st_size == children.LOG_BYTES_MAX + 1


def test_a_log_within_its_bound_is_appended_to(tmp_path: Path) -> None:
    log = tmp_path / "talker.log"
    log.write_bytes(b"x" * children.LOG_BYTES_MAX)
    _open_and_close(log)
    assert log.stat().st_size == children.LOG_BYTES_MAX
    assert not log.with_name("talker.log.1").exists()


@pytest.mark.parametrize(("around", "expected"), [(None, "2"), ("5", "5")])
def test_a_child_has_few_heaps_unless_the_environment_says_otherwise(
    around: str | None, expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Dozens of threads with a heap each held twice the memory."""
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    if around is not None:
        monkeypatch.setenv("MALLOC_ARENA_MAX", around)
    log = tmp_path / "talker.log"
    code = "import os; print(os.environ['MALLOC_ARENA_MAX'])"
    spec = ChildSpec(name="talker", argv=[sys.executable, "-c", code], log_path=log)
    child = children.Child(spec, enrolled_at=0.0)
    read_fd, write_fd = os.pipe()
    try:
        child.start(parent_fd=read_fd)
        assert child.pid is not None
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert child.ended() == "exit status 0"
    finally:
        os.close(read_fd)
        os.close(write_fd)
    assert log.read_text().strip() == expected
