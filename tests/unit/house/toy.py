"""A checkout with one small package, its tests, and a list of faults."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

from tests.mutants.__main__ import main

SUMS = '''"""Adds up."""


def total(amounts):
    found = 0
    for amount in amounts:
        found += amount
    return found


def mean(amounts):
    return total(amounts) / len(amounts)
'''
TESTS = """import subprocess, sys

from toy.sums import total


def test_amounts_are_added_up():
    assert total([1, 2]) == 3


def test_in_a_process_of_its_own(tmp_path):
    command = [sys.executable, "-c", "from toy.sums import total; print(total([1, 2]))"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True, text=True).stdout == "3\\n"
"""
FAILING = "def test_fails():\n    assert False\n"
NOTICED = {"name": "takes off", "at": "toy/sums.py:total", "find": "+=", "put": "-=", "promise": "sums"}
UNTESTED = {"name": "forgets to divide", "at": "toy/sums.py:mean", "find": " / len(amounts)", "put": ""}
UNTESTED["promise"] = "means"
HANGS = {"name": "never ends", "at": "toy/sums.py:total", "find": "found = 0", "promise": "sums"}
HANGS["put"] = "found = 0\n    while True:\n        pass"


class Toy:
    """Its files in a folder; the runner's command on it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        files = {"toy/__init__.py": "", "toy/sums.py": SUMS}
        files |= {"tests/test_sums.py": TESTS, "tests/failing.py": FAILING}
        for name, text in files.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (root / "rooms").mkdir()

    def list(
        self, *faults: dict[str, Any], tests: str = '["tests/test_sums.py"]', room: str = "sums"
    ) -> None:
        entries = ("[[fault]]\n" + "".join(f"{k} = {json.dumps(v)}\n" for k, v in f.items()) for f in faults)
        (self.root / f"rooms/{room}.toml").write_text(f"tests = {tests}\n" + "".join(entries))

    def where(self) -> list[str]:
        return ["--checkout", str(self.root), "--rooms", str(self.root / "rooms"), "--at-once", "1"]

    def run(self, *words: str) -> tuple[int, str, str]:
        """The exit code, and what it printed for people and for trouble."""
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*words, *self.where(), "--packages", "toy"])
        return code, out.getvalue(), err.getvalue()

    def report(self, *words: str) -> tuple[int, dict[str, Any], str]:
        path = self.root.parent / "report.json"
        code, out, _ = self.run("--json", str(path), *words)
        found: dict[str, Any] = json.loads(path.read_text())
        return code, found, out

    def texts(self) -> dict[Path, str]:
        return {path: path.read_text() for path in self.root.rglob("*.*") if path.is_file()}
