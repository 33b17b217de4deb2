"""How many times have passed is known exactly, also when it is just as many as are asked for."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pytest

from producers.schedules.times import Timing

HOUR_S = 3_600
HOURLY = Timing(zone=ZoneInfo("UTC"), every_s=HOUR_S)
FIRST = 1_000 * HOUR_S


@pytest.mark.parametrize("most", [1, 2, 24, 25, 49])
def test_exactly_as_many_as_asked_for_are_all_of_them(most: int) -> None:
    """Nothing is said of an outage longer than it was."""
    found, more = HOURLY.passed(FIRST, FIRST + (most - 1) * HOUR_S, most=most)
    assert found == [FIRST + number * HOUR_S for number in range(most)]
    assert not more


@pytest.mark.parametrize("most", [1, 2, 24, 25, 49])
def test_one_more_than_asked_for_is_told(most: int) -> None:
    found, more = HOURLY.passed(FIRST, FIRST + most * HOUR_S, most=most)
    assert found == [FIRST + number * HOUR_S for number in range(1, most + 1)]
    assert more
