"""What the provider says of sendings without an answer, and what was bought for a search, for people."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from promptrelay.books.progress import Progress
from promptrelay.cli.shown.progress import ProgressDisplay
from promptrelay.cli.shown.provider_words import provider_lines
from promptrelay.cli.shown.receipt import receipt_text
from promptrelay.cli.shown.waited_for import stuck_lines
from promptrelay.database.attempts.waited_for import WaitedFor
from promptrelay.domain.clock import SystemClock
from promptrelay.domain.states import AttemptState, RunState

BUSY = {"code": 50301, "message": "Busy.", "attempts": 57, "waiting": 12, "for_s": 7_260.0}
GONE = {"code": 40401, "message": None, "attempts": 1, "waiting": 0, "for_s": None}
RECEIPT: dict[str, Any] = {
    "campaign": "c",
    "run": "01RUN000000000000000000000",
    "state": "finished",
    "jobs": {"done": 1},
    "attempts": {"settled": 1},
    "money": {"charged": "0.01", "refunded": "0", "net": "0.01"},
    "platforms": {},
}


def shown(receipt: dict[str, Any]) -> str:
    console = Console(file=io.StringIO(), width=200)
    console.print(receipt_text(receipt))
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return " ".join(text.replace("│", " ").split())


def test_a_line_a_code_says_how_many_and_for_how_long() -> None:
    assert list(provider_lines([BUSY, GONE])) == [
        "the provider says 50301 Busy: 57 sendings, 12 waited for, for 2 h 1 min",
        "the provider says 40401: 1 sending",
    ]


def test_the_receipt_has_those_lines() -> None:
    assert "the provider says 40401: 1 sending" in shown(RECEIPT | {"provider_says": [GONE]})
    assert "the provider says" not in shown(RECEIPT)


@pytest.mark.parametrize(
    ("bought", "line"),
    [
        (
            {"sent": 1, "out": 0, "cost": "0.0003", "held": "0"},
            "1 witness was bought to end the search: $0.0003, in the ledger as witness",
        ),
        (
            {"sent": 2, "out": 1, "cost": "0.0005", "held": "0.01"},
            "2 witnesses were bought to end the search: $0.0005, $0.01 held, in the ledger as witness",
        ),
    ],
)
def test_the_receipt_names_what_was_bought_for_its_search(bought: dict[str, Any], line: str) -> None:
    assert line in shown(RECEIPT | {"witnesses": bought})


def test_a_run_without_a_witness_says_nothing_of_one() -> None:
    assert "witness" not in shown(RECEIPT | {"witnesses": {"sent": 0, "out": 0, "cost": "0", "held": "0"}})


def test_a_code_is_said_once_on_plain_lines() -> None:
    console = Console(file=io.StringIO(), force_terminal=False, width=200)
    now = Progress("r", "c", RunState.RUNNING, None, {}, {}, provider_says=[BUSY])
    with ProgressDisplay(console, SystemClock()) as display:
        for _ in range(3):
            display.show(now)
        display.show(Progress("r", "c", RunState.RUNNING, None, {}, {}, provider_says=[BUSY, GONE]))
    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert (text.count("50301"), text.count("40401")) == (1, 1)


def test_what_waiting_will_not_end_is_told_by_code_with_its_age() -> None:
    old = WaitedFor("a", "j", AttemptState.SENT, 90.0, 50301, "Busy.", 60.0)
    young = WaitedFor("b", "k", AttemptState.LATE, 30.0, 50301, "Busy.", 60.0)
    silent = WaitedFor("c", "l", AttemptState.WITHHELD, 3_600.0)
    assert list(stuck_lines([old, young, silent])) == [
        "1 sendings are with the provider, which says nothing yet; the oldest is 1 h 0 min old",
        "2 sendings are with the provider, which says 50301 Busy.; the oldest is 1 min 30 s old",
    ]
