"""What is made up for after an outage, and what a month has left."""

from __future__ import annotations

from typing import Any

import pytest

from producers.schedules.misfires import choose
from producers.schedules.monthly_cap import month_money
from promptrelay.database.schema import NO_CAP_NANOS
from promptrelay.domain.schedule import Misfire

DAY = 86_400.0
PASSED = [1 * DAY, 2 * DAY, 3 * DAY]


@pytest.mark.parametrize(
    ("misfire", "late_s", "fired"),
    [
        (Misfire.SKIP, 10.0, [3 * DAY]),
        (Misfire.SKIP, 7_200.0, []),
        (Misfire.ONCE, 7_200.0, [3 * DAY]),
        (Misfire.ALL, 7_200.0, [2 * DAY, 3 * DAY]),
    ],
)
def test_each_policy_makes_up_for_what_it_says(misfire: Misfire, late_s: float, fired: list[float]) -> None:
    choice = choose(PASSED, 3 * DAY + late_s, misfire=misfire, most=2, grace_s=3_600.0)
    assert list(choice.fires) == fired
    assert sorted((*choice.fires, *choice.missed)) == PASSED


@pytest.mark.parametrize("misfire", Misfire)
def test_a_time_within_the_grace_fires_whatever_the_policy(misfire: Misfire) -> None:
    choice = choose([DAY], DAY + 3_600, misfire=misfire, most=1, grace_s=3_600.0)
    assert (choice.fires, choice.missed) == ((DAY,), ())


@pytest.mark.parametrize("misfire", Misfire)
def test_nothing_that_passed_is_nothing_to_do(misfire: Misfire) -> None:
    assert choose([], DAY, misfire=misfire, most=1, grace_s=1.0).fires == ()


def run(
    state: str, spent: int, *, reserved: int = 0, p90: int = 0, most: int = NO_CAP_NANOS
) -> dict[str, Any]:
    return {
        "id": f"{state}{spent}",
        "state": state,
        "spent_nanos": spent,
        "reserved_nanos": reserved,
        "max_cost_nanos": most,
        "p90_nanos": p90,
    }


def test_runs_that_are_over_cost_what_they_cost_and_others_what_they_may_yet() -> None:
    rows = [run("finished", 100, p90=900), run("running", 50, reserved=10, p90=300), run("cancelled", 7)]
    money = month_money("2026-11", 1_000, rows)
    assert (money.spent, money.bounds, money.left) == (107, {"running50": 300}, 593)


def test_an_unfinished_run_is_held_to_its_own_cap_where_that_is_lower() -> None:
    assert month_money("2026-11", 1_000, [run("running", 5, p90=300, most=40)]).left == 960


def test_a_run_that_does_not_fit_is_refused_with_the_figures() -> None:
    cap = 2 * 10**9
    spent = month_money("2026-11", cap, [run("finished", cap + 5)])
    assert spent.left == 0
    assert spent.why_not(1) == "the monthly cap of $2.00 is spent: $2.01 in 2026-11"
    aside = month_money("2026-11", cap, [run("running", cap // 2, p90=cap)])
    assert aside.why_not(1) == (
        "the monthly cap of $2.00 is spent: $1.00, and $1.00 set aside for unfinished runs in 2026-11"
    )
    part = month_money("2026-11", cap, [run("finished", cap // 2)])
    assert part.why_not(cap // 2) is None
    assert part.why_not(cap // 2 + 1) is not None
    assert "has $1.00 left in 2026-11, and a run is expected to cost $1.50" in str(
        part.why_not(1_500_000_000)
    )


def test_without_a_cap_everything_fits() -> None:
    money = month_money("2026-11", NO_CAP_NANOS, [run("finished", 10**15)])
    assert money.why_not(10**15) is None
    assert money.left == NO_CAP_NANOS
