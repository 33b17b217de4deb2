"""A month ends where the schedule is: its cap starts anew at the local midnight."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from producers.schedules.run_starting import month_of


@pytest.mark.parametrize(
    ("utc", "zone", "month"),
    [
        ("2026-03-31 21:30", "Europe/Berlin", "2026-03"),
        ("2026-03-31 22:30", "Europe/Berlin", "2026-04"),
        ("2026-04-01 03:30", "America/New_York", "2026-03"),
        ("2026-12-31 11:30", "Pacific/Auckland", "2027-01"),
    ],
)
def test_a_time_belongs_to_the_month_on_its_own_wall(utc: str, zone: str, month: str) -> None:
    moment = datetime.fromisoformat(utc).replace(tzinfo=UTC).timestamp()
    assert month_of(moment, zone) == month
