"""The stack keeps real processes alive, says what happens to them, and ends them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from promptrelay.stack import supervisor as stack_module
from promptrelay.stack.child import is_held, try_lock, wrapped
from promptrelay.stack.children import ChildSpec
from promptrelay.stack.supervisor import Stack, StackFailed
from tests.integration.stack.processes import eventually, is_alive

SLEEPER = "print('READY'); import signal; signal.pause()"
STUBBORN = "import signal; signal.signal(15, signal.SIG_IGN); print('READY')\nwhile True: signal.pause()"


def test_children_start_in_order_and_end_in_reverse(stack_of, python_child, recorder) -> None:
    stack = stack_of(
        python_child("first", SLEEPER, critical=True), python_child("second", SLEEPER, critical=True)
    )
    stack.start()
    pids = stack.pids()
    assert [str(event) for event in recorder.events] == [
        "first started",
        "first ready",
        "second started",
        "second ready",
    ]
    stack.stop()
    assert [str(event) for event in recorder.events[4:]] == [
        "second stopped (signal SIGTERM)",
        "first stopped (signal SIGTERM)",
    ]
    assert not any(is_alive(pid) for pid in pids.values())
    assert stack.pids() == {}


def test_those_that_nobody_needs_end_together_before_the_others(stack_of, python_child, recorder) -> None:
    slow = "import signal, time, sys; signal.signal(15, lambda *_: (time.sleep(1), sys.exit(0)))\n" + SLEEPER
    workers = [python_child(f"worker{n}", slow) for n in range(4)]
    stack = stack_of(python_child("redis", SLEEPER, critical=True), *workers)
    stack.start()
    started = time.monotonic()
    stack.stop()
    assert time.monotonic() - started < 3.5
    stopped = [event.child for event in recorder.events if event.kind == "child.stopped"]
    assert len(stopped) == 5
    assert stopped[-1] == "redis"


def test_a_child_that_dies_is_started_again_after_growing_waits(stack_of, python_child, recorder) -> None:
    stack = stack_of(python_child("worker", SLEEPER))
    stack.start()
    for deaths in (1, 2):
        victim = stack.pids()["worker"]
        os.kill(victim, signal.SIGKILL)
        killed_at = time.monotonic()
        eventually(lambda n=deaths: (stack.supervise(), recorder.kinds("worker").count("ready") > n)[1])
        assert time.monotonic() - killed_at >= 0.5 * deaths
        assert stack.pids()["worker"] != victim
    died = [str(event) for event in recorder.events if event.kind == "child.died"]
    assert died == [
        "worker died (signal SIGKILL), starts again in 0.5 s",
        "worker died (signal SIGKILL), starts again in 1 s",
    ]


def test_what_a_dead_child_leaves_behind_ends_before_it_starts_again(
    stack_of, python_child, data, ends
) -> None:
    code = (
        "import subprocess, sys, signal\n"
        "left = subprocess.Popen([sys.executable, '-c', 'import signal; signal.pause()'])\n"
        "print(left.pid, 'READY')\nsignal.pause()"
    )
    stack = stack_of(python_child("worker", code))
    stack.start()
    left = int(data.log("worker").read_text().split()[0])
    ends.append(left)
    assert is_alive(left)
    os.kill(stack.pids()["worker"], signal.SIGKILL)
    eventually(lambda: (stack.supervise(), not is_alive(left))[1], within_s=3)


def test_a_child_that_ignores_the_request_is_killed_after_its_grace(stack_of, python_child, recorder) -> None:
    stack = stack_of(python_child("worker", STUBBORN, stop_grace_s=0.5))
    stack.start()
    pid = stack.pids()["worker"]
    asked_at = time.monotonic()
    stack.stop()
    assert 0.5 <= time.monotonic() - asked_at < 3
    assert recorder.kinds("worker") == ["started", "ready", "killed"]
    assert not is_alive(pid)


def test_a_wrapped_program_that_ignores_the_request_is_killed_too(stack_of, data, recorder, ends) -> None:
    log = data.log("foreign")
    stack = stack_of(
        ChildSpec(
            name="foreign",
            argv=wrapped([sys.executable, "-u", "-c", "import os; print(os.getpid())\n" + STUBBORN]),
            log_path=log,
            ready=lambda: "READY" in log.read_text(),
            stop_grace_s=0.5,
        )
    )
    stack.start()
    foreign = int(log.read_text().split()[0])
    ends.append(foreign)
    assert foreign != stack.pids()["foreign"]
    stack.stop()
    eventually(lambda: not is_alive(foreign), within_s=5)
    assert recorder.kinds("foreign")[-1] == "killed"


def test_a_needed_child_that_keeps_dying_fails_the_start_and_leaves_nothing(stack_of, python_child) -> None:
    stack = stack_of(
        python_child("first", SLEEPER), python_child("broken", "raise SystemExit(3)", critical=True)
    )
    with pytest.raises(StackFailed, match=r"broken did not start; see .*broken\.log"):
        stack.start()
    assert stack.pids() == {}


def test_a_needed_program_that_does_not_exist_fails_the_start(stack_of, data, recorder) -> None:
    spec = ChildSpec(name="ghost", argv=["/no/such/program"], log_path=data.log("ghost"), critical=True)
    with pytest.raises(StackFailed):
        stack_of(spec).start()
    assert "cannot start: No such file" in str(recorder.events[0])


def test_a_child_that_others_can_do_without_may_be_late(stack_of, python_child, recorder, tmp_path) -> None:
    flag = tmp_path / "flag"
    stack = stack_of(
        python_child("flower", SLEEPER, ready=flag.exists, ready_timeout_s=0.3), python_child("next", SLEEPER)
    )
    stack.start()
    assert recorder.kinds("flower") == ["started", "late"]
    flag.touch()
    stack.supervise()
    assert recorder.kinds("flower")[-1] == "ready"


def test_a_child_can_join_later_but_not_twice(stack_of, python_child) -> None:
    stack = stack_of(python_child("first", SLEEPER))
    stack.start()
    stack.add(python_child("second", SLEEPER))
    assert sorted(stack.pids()) == ["first", "second"]
    with pytest.raises(ValueError, match="already has a child called second"):
        stack.add(python_child("second", SLEEPER))
    assert sorted(stack.pids()) == ["first", "second"]


def test_nothing_starts_again_after_the_stop(stack_of, python_child) -> None:
    with stack_of(python_child("worker", SLEEPER)) as stack:
        assert stack.pids()
    stack.supervise()
    assert stack.pids() == {}


def test_children_sit_out_of_reach_of_the_terminal(stack_of, python_child) -> None:
    stack = stack_of(python_child("worker", SLEEPER))
    stack.start()
    pid = stack.pids()["worker"]
    assert os.getsid(pid) == pid != os.getsid(0)


def test_output_goes_to_a_private_log_and_survives_restarts(stack_of, python_child, data: object) -> None:
    stack = stack_of(python_child("worker", "import sys; print('READY', file=sys.stderr); " + SLEEPER))
    stack.start()
    log: Path = data.log("worker")
    assert log.stat().st_mode & 0o777 == 0o600
    os.kill(stack.pids()["worker"], signal.SIGKILL)
    eventually(lambda: (stack.supervise(), log.read_text().count("READY") >= 3)[1])


def test_those_that_nobody_needs_get_ready_side_by_side(stack_of, python_child) -> None:
    slow = "import time; time.sleep(0.8)\n" + SLEEPER
    stack = stack_of(*(python_child(f"worker{n}", slow) for n in range(4)))
    started = time.monotonic()
    stack.start()
    assert 0.8 <= time.monotonic() - started < 3
    assert len(stack.pids()) == 4


def test_a_new_stack_waits_until_the_children_of_a_killed_one_have_ended(
    data, python_child, recorder, ends
) -> None:
    """Stands for a killed command: a process that outlives it keeps the file that every child holds."""
    fd = os.open(data.hold, os.O_RDWR | os.O_CREAT)
    assert try_lock(fd)
    left = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1.5)"], pass_fds=(fd,))
    ends.append(left.pid)
    os.close(fd)
    with Stack([python_child("worker", SLEEPER)], on_event=recorder, hold=data.hold) as stack:
        assert not is_alive(left.pid)
        assert is_held(data.hold)
        assert recorder.kinds("worker") == ["started", "ready"]
        assert stack.pids()
    left.wait()
    assert not is_held(data.hold)


def test_a_stack_says_so_if_it_cannot_wait_longer(data, recorder, monkeypatch) -> None:
    monkeypatch.setattr(stack_module, "_LEFTOVERS_WAIT_S", 0.2)
    fd = os.open(data.hold, os.O_RDWR | os.O_CREAT)
    assert try_lock(fd)
    with Stack([], on_event=recorder, hold=data.hold):
        assert [str(event) for event in recorder.events] == [
            "stack crowded (processes of an earlier stack have not ended)"
        ]
    os.close(fd)
