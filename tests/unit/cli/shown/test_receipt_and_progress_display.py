"""Receipts and progress read well on a terminal and plainly elsewhere."""

from __future__ import annotations

import io
import math
from typing import Any

from rich.console import Console

from promptrelay.books.progress import Progress
from promptrelay.cli.shown.progress import LINE_EVERY_S, ProgressDisplay, Rate
from promptrelay.cli.shown.receipt import next_commands, receipt_text
from promptrelay.domain.money import Usd
from promptrelay.domain.states import RunState

RECEIPT: dict[str, Any] = {
    "campaign": "[red]brand[/red]",
    "run": "01RUN",
    "state": "finished",
    "reason": None,
    "jobs": {"done": 1_999, "failed": 1},
    "attempts": {"settled": 1_999, "late": 2, "unknown": 1},
    "reasons": {"expired": 1},
    "money": {"charged": "20.4", "refunded": "3", "net": "17.4", "held": "0.01", "waste": "0"},
    "overspend": "0.5",
    "platforms": {
        "gemini": {
            "jobs": 2_000,
            "answers": 1_999,
            "net": "17.4",
            "methods": ["standard"],
            "results": {"done": 1_999, "failed": 1},
        }
    },
    "results_url": "s3://bucket/answers",
}


class StillClock:
    def __init__(self) -> None:
        self.moment = 100.0

    def now(self) -> float:
        return self.moment

    def boottime(self) -> float:
        return self.moment

    def boot_id(self) -> str:
        return "b"

    def sleep(self, seconds: float) -> None:
        self.moment += seconds


def plain(thing: object, *, terminal: bool = False) -> str:
    out = io.StringIO()
    Console(file=out, width=120, force_terminal=terminal).print(thing)
    return out.getvalue()


def progress(done: int) -> Progress:
    return Progress(
        "01RUN",
        "brand",
        RunState.RUNNING,
        None,
        {"done": done, "queued": 100 - done},
        {},
        charged=Usd.of("1.02"),
        live_in_flight={"perplexity": 7},
    )


def test_a_receipt_says_outcomes_money_and_what_to_type_next() -> None:
    text = plain(receipt_text(RECEIPT))
    for part in (
        "[red]brand[/red]",
        "1,999",
        "$20.4",
        "s3://bucket/answers",
        "promptrelay results 01RUN",
        "no answer within 72 hours",
        "$0.5 above the cap",
        "1 sendings have no known outcome",
        "2 late",
    ):
        assert part in text, part
    assert "waste" not in text, "what is zero is left out"


def test_off_a_terminal_there_are_no_colours() -> None:
    assert "\x1b" not in plain(receipt_text(RECEIPT))
    assert "\x1b" in plain(receipt_text(RECEIPT), terminal=True)


def test_a_stopped_run_is_told_how_to_go_on() -> None:
    assert "--max-cost" in next_commands({**RECEIPT, "state": "stopped_budget"})[0]


def test_off_a_terminal_a_line_comes_every_few_seconds() -> None:
    out, clock = io.StringIO(), StillClock()
    with ProgressDisplay(Console(file=out, width=40), clock) as display:
        for done in range(0, 20, 2):
            display.show(progress(done))
            clock.sleep(LINE_EVERY_S / 5)
    lines = out.getvalue().splitlines()
    assert len(lines) == 2
    assert "10 of 100 jobs" in lines[1]
    assert "2.0/s" in lines[1]
    assert "about 0:00:45 left" in lines[1]
    assert "\x1b" not in out.getvalue()


def test_a_terminal_shows_slots_and_money() -> None:
    out = io.StringIO()
    with ProgressDisplay(Console(file=out, width=120, force_terminal=True), StillClock()) as display:
        display.show(progress(1))
    assert "perplexity 7/30" in out.getvalue()
    assert "$1.02 out" in out.getvalue()


def test_the_rate_forgets_what_is_long_ago() -> None:
    rate = Rate(window_s=10)
    assert math.isinf(rate.eta_s(5))
    for moment, ended in ((0, 0), (100, 0), (105, 50), (110, 100)):
        rate.add(moment, ended)
    assert rate.per_s == 10.0
