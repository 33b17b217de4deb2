"""Our own processes and wrapped foreign programs end with their parent, and end as they ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from promptrelay.stack.child import PARENT_FD_VARIABLE, end_with_parent, is_held, wrapped
from tests.checkout import ROOT
from tests.integration.stack.processes import eventually, is_alive

WAITING = "import os, signal, sys; print(os.getpid(), flush=True)\nwhile True: signal.pause()"
DEAF = "import signal; signal.signal(15, signal.SIG_IGN)\n" + WAITING
OURS = "from promptrelay.stack.child import end_with_parent; print(end_with_parent(), flush=True)\n"


@pytest.fixture
def start(ends: list[int]) -> Callable[..., subprocess.Popen[bytes]]:
    def run(argv: list[str], **options: object) -> subprocess.Popen[bytes]:
        process = subprocess.Popen(argv, stdout=subprocess.PIPE, start_new_session=True, cwd=ROOT, **options)
        ends.append(process.pid)
        return process

    return run


def with_pipe(
    start: Callable[..., subprocess.Popen[bytes]], argv: list[str]
) -> tuple[subprocess.Popen[bytes], int]:
    """The child and the writing end of its pipe, which stands for its parent's life."""
    read_fd, write_fd = os.pipe()
    env = {**os.environ, PARENT_FD_VARIABLE: str(read_fd)}
    process = start(argv, pass_fds=(read_fd,), env=env)
    os.close(read_fd)
    return process, write_fd


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


@pytest.mark.parametrize(("code", "status"), [(WAITING, -signal.SIGTERM), (DEAF, -signal.SIGKILL)])
def test_a_process_of_ours_ends_within_five_seconds_of_its_parent(start, code: str, status: int) -> None:
    child, parent = with_pipe(start, python(OURS + code))
    assert child.stdout.readline() == b"True\n"
    child.stdout.readline()
    os.close(parent)
    assert child.wait(5) == status


@pytest.mark.parametrize(("code", "status"), [(WAITING, -signal.SIGTERM), (DEAF, -signal.SIGKILL)])
def test_a_wrapped_program_ends_within_five_seconds_of_its_parent(
    start, ends, code: str, status: int
) -> None:
    wrapper, parent = with_pipe(start, wrapped(python(code)))
    program = int(wrapper.stdout.readline())
    ends.append(program)
    os.close(parent)
    assert wrapper.wait(5) == status
    eventually(lambda: not is_alive(program), within_s=1)


def test_a_program_ends_with_its_wrapper_even_if_that_is_killed(start, ends) -> None:
    wrapper = start(wrapped(python(WAITING)))
    program = int(wrapper.stdout.readline())
    ends.append(program)
    wrapper.kill()
    eventually(lambda: not is_alive(program), within_s=2)


def test_a_process_started_by_hand_watches_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(PARENT_FD_VARIABLE, raising=False)
    assert not end_with_parent()
    with (tmp_path / "not a pipe").open("w") as file:
        for leaked in (str(file.fileno()), "99999", "-1", "nonsense"):
            monkeypatch.setenv(PARENT_FD_VARIABLE, leaked)
            assert not end_with_parent()
            assert PARENT_FD_VARIABLE not in os.environ


def test_the_program_sees_neither_the_pipe_nor_its_number(start) -> None:
    look = (
        f"import os; print(os.environ.get('{PARENT_FD_VARIABLE}'),"
        " sorted(map(int, os.listdir('/proc/self/fd'))))"
    )
    wrapper, parent = with_pipe(start, wrapped(python(look)))
    said = wrapper.communicate()[0]
    os.close(parent)
    assert said.startswith(b"None [0, 1, 2, 3]")  # 3 lists the directory.


@pytest.mark.parametrize("status", [0, 1, 77])
def test_the_wrapper_ends_with_the_programs_status(start, status: int) -> None:
    assert start(wrapped(python(f"raise SystemExit({status})"))).wait(10) == status


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGUSR2, signal.SIGTERM])
def test_the_wrapper_dies_of_the_programs_signal(start, number: int) -> None:
    assert start(wrapped(python(f"import os; os.kill(os.getpid(), {int(number)})"))).wait(10) == -number


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGUSR1])
def test_signals_reach_the_program(start, number: int) -> None:
    code = f"import signal, sys; signal.signal({int(number)}, lambda *_: sys.exit(33))\n" + WAITING
    wrapper = start(wrapped(python(code)))
    wrapper.stdout.readline()
    wrapper.send_signal(number)
    assert wrapper.wait(10) == 33


def test_a_program_that_does_not_exist_is_named(start) -> None:
    wrapper = start(wrapped(["/no/such/program"]), stderr=subprocess.PIPE)
    said = wrapper.communicate()[1]
    assert (wrapper.returncode, said) == (127, b"cannot start /no/such/program: No such file or directory\n")


@pytest.mark.parametrize(
    "arguments", [[], ["--"], ["ls"], ["--hold", "--", "ls"], ["--other", "x", "--", "ls"]]
)
def test_a_wrong_command_line_says_the_right_one(start, arguments: list[str]) -> None:
    wrapper = start([sys.executable, "-m", "promptrelay.stack.child", *arguments], stderr=subprocess.PIPE)
    said = wrapper.communicate()[1]
    assert wrapper.returncode == 2
    assert said.startswith(b"usage: ")


def test_the_wrapper_runs_as_a_module_too(start) -> None:
    wrapper = start([sys.executable, "-m", "promptrelay.stack.child", "--", *python("print(1)")])
    assert (wrapper.communicate()[0], wrapper.returncode) == (b"1\n", 0)


def test_a_program_that_holds_a_file_waits_for_the_one_before(start, tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    assert not is_held(hold)
    first = start(wrapped(python(WAITING), hold=hold))
    first.stdout.readline()
    assert is_held(hold)
    second = start(wrapped(python(WAITING), hold=hold))
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(0.5)
    os.set_blocking(second.stdout.fileno(), False)
    assert second.stdout.read() is None  # It has not started.
    os.set_blocking(second.stdout.fileno(), True)
    first.terminate()
    assert int(second.stdout.readline()) > 0
    assert is_held(hold)


def test_the_file_stays_held_while_the_program_outlives_its_wrapper(start, ends, tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    wrapper = start(wrapped(python(DEAF), hold=hold))  # Deaf to the kernel's word of the wrapper's death.
    program = int(wrapper.stdout.readline())
    ends.append(program)
    wrapper.kill()
    wrapper.wait(5)
    assert is_alive(program)
    assert is_held(hold)
    os.kill(program, signal.SIGKILL)
    eventually(lambda: not is_held(hold))


def test_waiting_for_the_file_ends_with_the_parent(start, tmp_path: Path) -> None:
    hold = tmp_path / "hold"
    first = start(wrapped(python(WAITING), hold=hold))
    first.stdout.readline()
    second, parent = with_pipe(start, wrapped(python(WAITING), hold=hold))
    os.close(parent)
    assert second.wait(5) == 75
