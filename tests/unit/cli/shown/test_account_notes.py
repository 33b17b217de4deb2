"""Why nothing is sent is said at once, once, and taken back when it is over."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from promptrelay.books.progress import Progress
from promptrelay.cli.shown.progress import ProgressDisplay
from promptrelay.cli.shown.receipt import receipt_text
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.states import RunState

NOTE = "account main is paused: the daily cap of $5 leaves no room; it goes on with the next UTC day"
NOW = Progress("01RUN", "brand", RunState.RUNNING, None, {"queued": 5}, {})


def test_off_a_terminal_the_note_is_a_line_of_its_own_once_and_so_is_its_end() -> None:
    out = io.StringIO()
    with ProgressDisplay(Console(file=out, width=200), SystemClock()) as display:
        display.show(NOW)
        for _ in range(3):
            display.show(replace(NOW, account_note=NOTE))
        display.show(NOW)
        display.show(NOW)
    lines = out.getvalue().splitlines()
    assert lines.count(NOTE) == 1
    assert lines.count("the provider account sends again") == 1


def test_an_account_that_always_sends_is_not_mentioned() -> None:
    out = io.StringIO()
    with ProgressDisplay(Console(file=out, width=200), SystemClock()) as display:
        display.show(NOW)
    assert "account" not in out.getvalue()


def test_on_a_terminal_the_note_stands_with_the_progress() -> None:
    out = io.StringIO()
    with ProgressDisplay(Console(file=out, width=200, force_terminal=True), SystemClock()) as display:
        display.show(replace(NOW, account_note=NOTE))
    assert "the daily cap of $5 leaves no room" in out.getvalue()


def test_the_receipt_of_an_unfinished_run_names_it() -> None:
    receipt = {
        "campaign": "brand", "run": "01RUN", "state": "running", "jobs": {"queued": 5}, "attempts": {},
        "money": {"charged": "0", "refunded": "0", "net": "0"}, "platforms": {}, "account_note": NOTE,
    }  # fmt: skip
    out = io.StringIO()
    Console(file=out, width=200).print(receipt_text(receipt))
    assert NOTE in out.getvalue()
