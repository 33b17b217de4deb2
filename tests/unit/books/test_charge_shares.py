"""Charges that answers did not tell: each as listed, or together what is missing and no more (P24)."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from promptrelay.books.charge_shares import UntoldTask, listed_difference, listed_totals, may_explain, shares
from promptrelay.dataforseo.wire.rows import IdRow
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import TaskEvidence, Terms

TERMS = Terms()
TAKEN, FEE, ADVANCE = (Usd.of(text) for text in ("0.0102", "0.0002", "0.01"))


def task(name: str, method: Method = Method.STANDARD) -> UntoldTask:
    reported = TAKEN if method is Method.STANDARD else None
    return UntoldTask(f"a-{name}", name, 1.0, TaskEvidence(method, reported=reported, answered=True))


def row(name: str | None, cost: str | None, *, done: bool = True) -> IdRow:
    at = datetime(2026, 1, 1, tzinfo=UTC)
    paid = None if cost is None else Usd.of(cost)
    return IdRow(name, None, None, None, at, at if done else None, "ok", paid, None)


LIVE, STANDARD = task("l", Method.LIVE), task("s")


def test_the_list_tells_what_is_done_at_a_cost_that_is_not_what_was_taken_at_first() -> None:
    rows = [row("s", "0.0302"), row("l", "0.0102"), row(None, "5"), row("x", "5")]
    assert listed_totals(rows, [LIVE, STANDARD], TERMS) == {"s": Usd.of("0.0302"), "l": TAKEN}
    for says_nothing in (row("s", "0.0102"), row("s", "0.0302", done=False), row("s", None), row("l", "0")):
        assert listed_totals([says_nothing], [LIVE, STANDARD], TERMS) == {}


def test_what_is_listed_beyond_what_is_booked_is_missing_at_the_provider() -> None:
    totals = {"s": Usd.of("0.0302"), "l": Usd.of("0.04")}
    assert listed_difference([LIVE, STANDARD], totals, TERMS) == Usd.of("-0.06")
    assert listed_difference([LIVE, STANDARD], {}, TERMS) == ZERO


@pytest.mark.parametrize("difference", ["0.01", "0", "-0.05", "-1.9"])
def test_shares_add_up_to_what_is_missing_to_the_last_nano(difference: str) -> None:
    tasks, missing = [LIVE, STANDARD, task("t")], Usd.of(difference) - Usd(1)
    assert may_explain(tasks, missing, TERMS, rounding=0)
    booked = Usd.total(one.booked(TERMS) for one in tasks)
    evidence = shares(tasks, missing, TERMS)
    fees = FEE * 2
    total = Usd.total((item.spent or ZERO) + (item.cost or ZERO) for item in evidence) + fees
    assert total == booked - missing
    assert [item.provider_id for item in evidence] == ["l", "s", "t"]
    assert all(item.spent is None or item.spent >= ZERO for item in evidence)


@pytest.mark.parametrize("difference", ["0.0101", "1", "-3", "-500"])
def test_what_no_charge_could_be_is_not_explained_by_charges(difference: str) -> None:
    assert not may_explain([LIVE, STANDARD], Usd.of(difference), TERMS, rounding=0)
    assert not may_explain([], ZERO, TERMS, rounding=0)


def test_rounding_below_the_fees_is_no_charge() -> None:
    assert may_explain([STANDARD], ADVANCE + Usd(2), TERMS, rounding=2)
    (share,) = shares([STANDARD], ADVANCE + Usd(2), TERMS)
    assert share.spent == ZERO
