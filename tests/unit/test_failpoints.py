"""Failpoints do what their text says, and nothing at all outside a test."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from config.settings import Settings
from promptrelay.failpoints import (
    POINTS,
    SCHEDULE_POINTS,
    FailpointHit,
    FailpointUnreadable,
    parse_failpoints,
)
from tests.checkout import ROOT

CALLS = re.compile(r"passes\(\s*f?\"([\w.{}]+)\"\s*\)")


def test_the_variable_does_nothing_without_testing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTRELAY_FAILPOINT", "standard.before_a:raise")
    assert Settings().active_failpoint == ""
    monkeypatch.setenv("PROMPTRELAY_TESTING", "1")
    assert Settings().active_failpoint == "standard.before_a:raise"


@pytest.mark.parametrize(("testing", "imported"), [("0", "False"), ("1", "True")])
def test_nothing_is_imported_without_testing(testing: str, imported: str) -> None:
    program = (
        "import sys; from config.settings import Settings; from workers import opening, rooms\n"
        "passes = opening.failpoints(Settings())\n"
        "print('promptrelay.failpoints' in sys.modules, passes is not rooms.nothing_happens)"
    )
    environment = {"PROMPTRELAY_FAILPOINT": "live.after_a:kill", "PROMPTRELAY_TESTING": testing}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env={**environment, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == [imported, imported]


def test_it_strikes_at_the_passing_that_was_asked_for() -> None:
    passes = parse_failpoints("standard.after_a:raise@3")
    passes("standard.after_a")
    passes("standard.before_a")
    passes("standard.after_a")
    with pytest.raises(FailpointHit, match=r"standard\.after_a"):
        passes("standard.after_a")
    passes("standard.after_a")


def test_several_may_be_set() -> None:
    passes = parse_failpoints("live.after_slot:raise, live.after_a:raise")
    for point in ("live.after_a", "live.after_slot"):
        with pytest.raises(FailpointHit):
            passes(point)


@pytest.mark.parametrize(
    "text", ["standard.nowhere:kill", "standard.after_a", "standard.after_a:kill@0", "x"]
)
def test_what_is_no_failpoint_is_refused_with_the_cure(text: str) -> None:
    with pytest.raises(FailpointUnreadable, match="a point or \\*, then kill, stop, raise or log"):
        parse_failpoints(text)


def test_every_point_that_the_workers_pass_has_a_name_and_every_name_a_point() -> None:
    passed: list[str] = []
    for file in (ROOT / "workers").rglob("*.py"):
        for name in CALLS.findall(file.read_text()):
            ways = ("standard", "live") if name.startswith("{self._way}") else ("",)
            passed += [name.replace("{self._way}", way) for way in ways]
    assert sorted(passed) == sorted(POINTS)


def test_every_point_that_dispatchers_pass_has_a_name_and_every_name_a_point() -> None:
    files = (ROOT / "producers").rglob("*.py")
    passed = [name for file in files for name in CALLS.findall(file.read_text())]
    assert sorted(passed) == sorted(SCHEDULE_POINTS)
