"""Zones, lengths of time and moments as people write them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from producers.errors import IntervalWrong, MomentWrong, ZoneUnknown
from producers.written_times import interval_text, moment_of, seconds_of, zone_of

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "seconds"), [("6h", 21_600), ("90 min", 5_400), ("1D", 86_400), ("2w", 1_209_600), ("30s", 30)]
)
def test_a_length_of_time_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert seconds_of(text, field="every") == seconds
    assert seconds_of(interval_text(seconds), field="every") == seconds


@pytest.mark.parametrize("text", ["", "6", "h", "6 hours", "-6h", "0h", "1.5h", "7y", "99999999h"])
def test_another_length_of_time_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(IntervalWrong, match=r"every: .* is no length of time.*as in 6h"):
        seconds_of(text, field="every")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Europe/Berln", "Europe/Berlin"),
        ("berlin", "Europe/Berlin"),
        ("america/new york", "America/New_York"),
    ],
)
def test_a_zone_that_does_not_exist_is_answered_with_the_nearest(name: str, meant: str) -> None:
    with pytest.raises(ZoneUnknown, match=rf"did you mean {meant}\?"):
        zone_of(name)


@pytest.mark.parametrize("name", ["", "Europe", "../etc/passwd", "/etc/passwd", "a\0b", "Xyzzy/Plugh"])
def test_what_is_no_zone_at_all_is_refused(name: str) -> None:
    with pytest.raises(ZoneUnknown, match="names are those of the tz database"):
        zone_of(name)


def test_a_date_alone_is_its_first_second_or_its_last() -> None:
    start = datetime(2026, 12, 1, tzinfo=BERLIN).timestamp()
    assert moment_of("2026-12-01", BERLIN, field="start") == start
    assert moment_of("2026-12-01", BERLIN, field="end", ends=True) == start + 86_399
    assert moment_of("2026-12-01 07:30", BERLIN, field="start") == start + 27_000
    assert moment_of("2026-12-01T06:30:00+00:00", BERLIN, field="start") == start + 27_000


@pytest.mark.parametrize("text", ["", "tomorrow", "2026-13-01", "01.12.2026", "2026-12-01 25:00"])
def test_what_is_no_date_is_refused_with_an_example(text: str) -> None:
    with pytest.raises(MomentWrong, match=r"start: .* is no date or time; write 2026-12-01"):
        moment_of(text, BERLIN, field="start")
