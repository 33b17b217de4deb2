"""A file's name may hold what acts on a terminal: it is shown written out, wherever a schedule is."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from promptrelay.cli.checks.finding import warn
from promptrelay.cli.commands.care.doctor import _show
from promptrelay.cli.commands.watch.status import _say_paused
from promptrelay.cli.shown.schedules import list_text, sheet_text

CLIPBOARD = "\x1b]52;c;aGk=\x07"
FILE = f"/prompts/a{CLIPBOARD}\u202e.csv"
REASON = f"{FILE}: there is no such file; check the path."


@pytest.fixture
def schedule() -> dict[str, Any]:
    """A paused schedule that fired once in vain."""
    fire = {"wall": "2026-12-01 07:00", "outcome": "failed", "reason": REASON, "by_hand": False, "run": None}
    fire |= {"run_state": None, "changed": None, "spent": None}
    return {
        "schedule": "s",
        "campaign": "c",
        "file": FILE,
        "state": "paused",
        "reason": REASON,
        "timing": "every 6h",
        "zone": "UTC",
        "times": [],
        "start": None,
        "end": None,
        "misfire": "skip",
        "misfire_max": 10,
        "overlap": "skip",
        "jitter_s": 0,
        "month": {"month": "2026-12", "spent": "0", "set_aside": "0"},
        "monthly_cap": None,
        "history": [fire],
        "next": None,
        "last": None,
    }


def test_status_and_doctor_write_it_out_too(capsys: pytest.CaptureFixture[str]) -> None:
    _say_paused([{"schedule": "s", "reason": REASON}])
    _show([warn("schedule", f"s is paused: {REASON}", "resume it")], as_json=False)
    shown = capsys.readouterr()
    for text in (shown.err, shown.out):
        assert r"a\x1b]52;c;aGk=\x07\u202e.csv" in text
        assert not any(sign in text for sign in ("\x1b]", "\x07", "\u202e"))  # Colours are ours.


def test_the_sheet_and_the_list_write_out_what_would_act(schedule: dict[str, Any]) -> None:
    screen = Console(file=io.StringIO(), width=300)
    screen.print(sheet_text(schedule), markup=False)
    sheet, listed = screen.file.getvalue(), "\n".join(list_text([schedule]))  # type: ignore[attr-defined]
    assert sheet.count(r"a\x1b]52;c;aGk=\x07\u202e.csv") == 3
    assert listed.count(r"a\x1b]52;c;aGk=\x07\u202e.csv") == 1
    assert not {"\x1b", "\x07", "\u202e"} & set(sheet + listed)
