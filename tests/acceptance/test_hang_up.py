"""A terminal that hangs up ends a command as Ctrl-C does, and every answer is kept; nohup is obeyed."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, run_arguments, until
from tests.acceptance.provider import Provider

LIVE = ("--platform", "perplexity", "--method", "live")
PROMPTS = 30
# Ten seconds a call, so that a signal meets all of them on their way.
SLOW = ("live_latency_s=6000", "live_latency_max_s=6000", "live_limit_s=12000")


@pytest.fixture(autouse=True)
def _no_nohup_around() -> Iterator[None]:
    """Processes inherit whether a hang-up is ignored: these tests hold under nohup too."""
    handler = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, handler)


def in_flight(provider: Provider) -> int:
    return len(provider.tasks())


def paid_and_kept(provider: Provider, project: Project) -> tuple[int, int]:
    (done,) = project.rows("SELECT count(*) FROM jobs WHERE state = 'done'")[0]
    return len(provider.tasks()), int(done)


def test_a_hang_up_with_calls_in_flight_loses_no_answer(providers: Providers, projects: Projects) -> None:
    provider = providers(*SLOW)
    project = projects(provider)
    running = project.start(*run_arguments(project.prompts(PROMPTS), *LIVE))
    until(lambda: in_flight(provider) == PROMPTS, 90, lambda: str(project.states()))
    # The shell sends one, and the kernel another.
    running.send_signal(signal.SIGHUP)
    running.send_signal(signal.SIGHUP)
    ended = project.end_of(running, 90)
    assert ended.code == 1, ended.err
    assert paid_and_kept(provider, project) == (PROMPTS, PROMPTS)
    assert "calls in flight finish" in " ".join(ended.err.split())
    project.wait_until_gone()


def test_under_nohup_a_hang_up_means_nothing(providers: Providers, projects: Projects) -> None:
    provider = providers(*SLOW)
    project = projects(provider)
    handler = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # As nohup does for what it starts.
    try:
        running = project.start(*run_arguments(project.prompts(PROMPTS), *LIVE))
    finally:
        signal.signal(signal.SIGHUP, handler)
    until(lambda: in_flight(provider) > 0, 90, lambda: str(project.states()))
    running.send_signal(signal.SIGHUP)
    ended = project.end_of(running)
    assert ended.code == 0, ended.err
    assert ended.receipt["jobs"] == {"done": PROMPTS}


def test_a_terminal_that_is_gone_breaks_nothing(providers: Providers, projects: Projects) -> None:
    provider = providers(*SLOW)
    project = projects(provider)
    prompts = project.prompts(PROMPTS)
    terminal, ours = pty.openpty()
    command = [sys.executable, "-m", "promptrelay.cli.main", "run", str(prompts), "--yes", *LIVE]
    running = _on_terminal(command, ours, project)
    try:
        until(lambda: in_flight(provider) == PROMPTS, 90, lambda: str(project.states()))
        os.close(terminal)  # The kernel hangs up, and whatever is written from now on fails with EIO.
        assert running.wait(90) == 1
    finally:
        if running.poll() is None:
            running.kill()
            running.wait(10)
    assert paid_and_kept(provider, project) == (PROMPTS, PROMPTS)
    project.wait_until_gone()


def test_a_reader_that_has_had_enough_ends_nothing(providers: Providers, projects: Projects) -> None:
    provider = providers()
    project = projects(provider)
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "promptrelay.cli.main", "run", str(project.prompts(5)), "--yes"]
    running = subprocess.Popen(
        [*command, "--platform", "chat_gpt"],
        stdin=subprocess.DEVNULL,
        stdout=writing,
        stderr=subprocess.DEVNULL,
        env=project.environment,
    )
    os.close(writing)
    os.close(reading)
    try:
        assert running.wait(120) == 0
    finally:
        if running.poll() is None:
            running.kill()
            running.wait(10)
    assert paid_and_kept(provider, project) == (5, 5)


def test_the_whole_stack_ends_in_good_order_on_a_hang_up(providers: Providers, projects: Projects) -> None:
    provider = providers(*SLOW)
    project = projects(provider)
    up = project.start("up")
    place = project.data / "promptrelay.sqlite3"
    until(lambda: project.rows("SELECT 1 FROM heartbeats"), 90, lambda: _logs(project.data))
    submitted = project.command("submit", project.prompts(PROMPTS), *LIVE, "--json")
    assert submitted.code == 0, submitted.err
    told = json.loads(submitted.out)
    assert told["processes"] > 0
    assert told["database"].endswith(str(place))
    until(lambda: in_flight(provider) == PROMPTS, 90, lambda: _logs(project.data))
    up.send_signal(signal.SIGHUP)
    assert project.end_of(up, 90).code == 0
    assert paid_and_kept(provider, project) == (PROMPTS, PROMPTS)
    assert project.rows("SELECT 1 FROM heartbeats") == [], "they ended in good order"


def _on_terminal(command: list[str], terminal: int, project: Project) -> subprocess.Popen[bytes]:
    """The command as the leader of a session of its own on that terminal."""
    starter = (
        "import fcntl, os, sys, termios\n"
        "os.setsid()\n"
        "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"
        "os.execv(sys.argv[1], sys.argv[1:])\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starter, *command],
        stdin=terminal,
        stdout=terminal,
        stderr=terminal,
        env={**project.environment, "TERM": "xterm"},
    )
    os.close(terminal)
    return process


def _logs(data: Path) -> str:
    return "\n".join(path.read_text()[-2000:] for path in (data / "logs").glob("*.log"))
