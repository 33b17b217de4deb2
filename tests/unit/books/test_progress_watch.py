"""Whoever watches a large run does not keep its database busy with counting."""

from __future__ import annotations

import pytest

from promptrelay.books.progress import Progress
from promptrelay.books.progress_watch import REST_S_MAX, ProgressWatch
from promptrelay.domain.states import RunState
from tests.integration.database.books import HeldClock


@pytest.mark.parametrize(("takes_s", "looks"), [(0.001, 40), (0.1, 10), (60.0, 2)])
def test_looks_that_take_long_are_taken_seldom(takes_s: float, looks: int) -> None:
    clock, taken = HeldClock(), []

    def look() -> Progress:
        clock.sleep(takes_s)
        taken.append(clock.now())
        return Progress("r", "c", RunState.RUNNING, None, {"done": len(taken)}, {})

    watch = ProgressWatch(look, clock)
    for _ in range(40):
        assert watch.now().answers == len(taken)
        clock.sleep(0.5)
    assert len(taken) == looks


def test_no_look_is_older_than_its_longest_rest() -> None:
    clock = HeldClock()
    watch = ProgressWatch(lambda: Progress("r", "c", RunState.RUNNING, str(clock.now()), {}, {}), clock)
    first = watch.now()
    clock.sleep(REST_S_MAX)
    assert watch.now() != first
