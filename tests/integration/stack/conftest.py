"""A short-lived data directory, a stack whose events are kept, and eyes on real processes."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from promptrelay.data_dir import DataDir
from promptrelay.stack.children import ChildSpec, StackEvent
from promptrelay.stack.supervisor import Stack
from tests.checkout import ROOT
from tests.integration.stack.processes import is_alive


class Recorder:
    """Keeps every event of a stack."""

    def __init__(self) -> None:
        self.events: list[StackEvent] = []

    def __call__(self, event: StackEvent) -> None:
        self.events.append(event)

    def kinds(self, child: str) -> list[str]:
        return [event.kind.partition(".")[2] for event in self.events if event.child == child]


@pytest.fixture
def data() -> Iterator[DataDir]:
    with tempfile.TemporaryDirectory(prefix="pr-", dir="/tmp") as temp:
        yield DataDir(Path(temp) / "data dir").make()


@pytest.fixture
def recorder() -> Recorder:
    return Recorder()


@pytest.fixture
def stack_of(recorder: Recorder) -> Iterator[Callable[..., Stack]]:
    made: list[Stack] = []

    def make(*specs: ChildSpec) -> Stack:
        made.append(Stack(specs, on_event=recorder))
        return made[-1]

    yield make
    for stack in made:
        stack.stop()


@pytest.fixture
def python_child(data: DataDir) -> Callable[..., ChildSpec]:
    """A child that runs some Python, ready once it has written READY into its log."""

    def make(name: str, code: str, **options: object) -> ChildSpec:
        log = data.log(name)
        options.setdefault("ready", lambda: log.exists() and "READY" in log.read_text())
        return ChildSpec(
            name=name,
            argv=[sys.executable, "-u", "-c", code],
            log_path=log,
            env={"PYTHONPATH": str(ROOT)},
            **options,
        )

    return make


@pytest.fixture
def ends() -> Iterator[list[int]]:
    """Process ids to kill after the test, whatever happened."""
    pids: list[int] = []
    yield pids
    for pid in pids:
        if is_alive(pid):
            os.kill(pid, signal.SIGKILL)
