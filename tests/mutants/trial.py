"""Runs a room's tests on a copy of the tree, as it is or with a fault in it; never on the checkout."""

from __future__ import annotations

import compileall
import os
import py_compile
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from tests.mutants.faults import Fault, Room

_LEFT_OUT = (
    ".git",
    ".venv",
    ".promptrelay",
    "__pycache__",
    "*.pyc",
    ".*_cache",
    ".hypothesis",
    "dist",
    "build",
)
_TEST_LIMIT_S = 60
_ALL_PASSED, _ONE_FAILED = 0, 1
_TEARDOWN_S = 30.0
_NAMED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)


class Verdict(StrEnum):
    """What the tests said."""

    NOTICED = "noticed"
    """A test failed."""
    TIMED_OUT = "noticed by the time limit"
    """They hung, or took far longer than without the fault."""
    SURVIVED = "not noticed"
    """All of them passed."""
    BROKEN = "broken"
    """They did not run: nothing can be said."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of a room's tests ended."""

    verdict: Verdict
    seconds: float
    told: str
    """The first test that failed; for a run that broke, the end of what it printed."""


class Tree:
    """A copy of the checkout in a folder of its own, with the environment in which its modules are found."""

    def __init__(self, checkout: Path, folder: Path, packages: Sequence[str]) -> None:
        self.root = folder
        shutil.copytree(checkout, folder, ignore=shutil.ignore_patterns(*_LEFT_OUT), dirs_exist_ok=True)
        # Compiled files that are held against the text, not against its time: a fault of the same length that
        # is planted within the same second would else not be read.
        hashed = py_compile.PycInvalidationMode.CHECKED_HASH
        compileall.compile_dir(folder, quiet=2, invalidation_mode=hashed)
        ours = (name for name in os.environ if not name.startswith(("PROMPTRELAY_", "PYTEST_")))
        self._environment = {name: os.environ[name] for name in ours} | {
            "PYTHONPATH": str(folder),
            "PYTHONDONTWRITEBYTECODE": "1",
            # Other plugins take longer to load than most rooms take to be tested.
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        }
        self._running: subprocess.Popen[str] | None = None
        self._check_imports(packages)

    def _check_imports(self, packages: Sequence[str]) -> None:
        """An installed checkout must not win over the copy: then no fault would ever be noticed."""
        code = (
            "import importlib, sys; [print(importlib.import_module(n).__spec__.origin) for n in sys.argv[1:]]"
        )
        elsewhere = self.root / "elsewhere"
        elsewhere.mkdir(exist_ok=True)
        command = [sys.executable, "-c", code, *packages]
        done = subprocess.run(
            command,
            cwd=elsewhere,
            env=self._environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        )
        elsewhere.rmdir()
        for origin in done.stdout.split():
            if not Path(origin).resolve().is_relative_to(self.root.resolve()):
                raise RuntimeError(f"{origin} would be tested instead of the copy in {self.root}")

    def run(self, room: Room, limit_s: float) -> Outcome:
        """The room's tests, up to the first that fails."""
        command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider"]
        command += ["-p", "pytest_timeout", f"--timeout={_TEST_LIMIT_S}", "--import-mode=importlib"]
        command += ["-m", "not long and not thousand", "--tb=line", "-rfE"]
        began = time.monotonic()
        self._running = process = subprocess.Popen(
            [*command, *room.options, *room.tests],
            cwd=self.root,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            printed, _ = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            _end(process)
            return Outcome(Verdict.TIMED_OUT, time.monotonic() - began, f"more than {limit_s:.0f} s")
        return _outcome(process.returncode, time.monotonic() - began, printed)

    def stop(self) -> None:
        """Ask what runs now to end; whoever waits for it then goes on."""
        if self._running is not None:
            _signal(self._running, signal.SIGINT)

    def run_with(self, fault: Fault, room: Room, limit_s: float) -> Outcome:
        """The same with the fault in place, which is taken out again. Raises StaleFault."""
        file = self.root / fault.file
        text = file.read_text("utf-8")
        file.write_text(fault.planted(text), "utf-8")
        try:
            return self.run(room, limit_s)
        finally:
            file.write_text(text, "utf-8")


def _outcome(code: int, seconds: float, printed: str) -> Outcome:
    if code == _ALL_PASSED:
        return Outcome(Verdict.SURVIVED, seconds, "")
    named = _NAMED.search(printed)
    if code == _ONE_FAILED and named:
        by_limit = "Failed: Timeout" in printed
        return Outcome(Verdict.TIMED_OUT if by_limit else Verdict.NOTICED, seconds, named[1])
    # Neither: a module that cannot be imported, no test at all, words that pytest does not know.
    return Outcome(Verdict.BROKEN, seconds, "\n".join(printed.splitlines()[-15:]))


def _end(process: subprocess.Popen[str]) -> None:
    """Ask first, so that the tests end the servers that they started; what is left ends with its group."""
    for sign in (signal.SIGINT, signal.SIGKILL):
        _signal(process, sign)
        with suppress(subprocess.TimeoutExpired):
            process.communicate(timeout=_TEARDOWN_S)
            return


def _signal(process: subprocess.Popen[str], sign: int) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, sign)
