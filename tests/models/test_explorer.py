"""The explorer sees what it is trusted to see."""

from __future__ import annotations

import pytest

from .explorer import Model, Result, Step, explore


def counting(*, to: int, end: int) -> Model[int]:
    def steps(number: int) -> list[Step[int]]:
        return [Step("up", number + 1)] if number < to else []

    return Model(0, steps, lambda number: "too high" if number > 4 else None, lambda number: number == end)


def test_a_good_model_holds_and_its_states_are_counted() -> None:
    result = explore(counting(to=3, end=3))
    assert result.holds
    assert result.states == 4


def test_the_trace_to_a_violation_is_the_shortest() -> None:
    assert explore(counting(to=9, end=9)).violations == {"too high": "up x5"}


def test_a_state_without_a_way_to_an_end_is_stuck() -> None:
    result = explore(counting(to=3, end=2))
    assert (result.stuck, result.stuck_trace) == (1, "up x3")


def test_a_way_to_the_end_that_needs_a_crash_does_not_count() -> None:
    model = Model(
        0,
        lambda n: [Step("kill -9", 1)] if n == 0 else [],
        lambda _n: None,
        lambda n: n == 1,
        lambda x: "kill" not in x,
    )
    assert explore(model).stuck == 1


def test_a_violation_on_a_step_is_seen_with_that_step() -> None:
    model = Model(0, lambda n: [Step("pay", n, "paid twice")], lambda _n: None, lambda _n: True)
    result: Result = explore(model, until="paid")
    assert result.breaks("paid twice")
    assert result.violations == {"paid twice": "pay"}


def test_a_model_that_outgrows_its_limit_is_no_proof() -> None:
    with pytest.raises(AssertionError, match="larger than the limit"):
        explore(counting(to=9, end=9), limit=5)
