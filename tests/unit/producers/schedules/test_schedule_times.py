"""When schedules fire: over changes of the clocks, between start and end, and the same for everybody."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice, pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from producers.schedules.errors import CronNeverFires, CronWrong, StartAfterEnd
from producers.schedules.times import Timing, jitter_of, shortest_gap

BERLIN, NEW_YORK = ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York")


def at(text: str, zone: ZoneInfo = BERLIN) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=zone).timestamp()


def walls(timing: Timing, after: float, count: int) -> list[str]:
    return [timing.wall(moment) for moment in islice(timing.after(after), count)]


def utc(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


@pytest.mark.parametrize(
    ("zone", "day", "gap_ends", "summer"),
    [
        (BERLIN, "2026-03-29", "03:00:00+02:00", "02:30:00+02:00"),
        (NEW_YORK, "2026-03-08", "03:00:00-04:00", "02:30:00-04:00"),
    ],
)
def test_a_time_in_the_spring_gap_fires_once_when_the_gap_ends(
    zone: ZoneInfo, day: str, gap_ends: str, summer: str
) -> None:
    timing = Timing(zone=zone, cron="30 2 * * *")
    before, first, second = walls(timing, at(day, zone) - 86_400, 3)
    assert before.endswith("02:30:00+01:00" if zone is BERLIN else "02:30:00-05:00")
    assert first == f"{day} {gap_ends}"
    assert second.endswith(summer)


@pytest.mark.parametrize(
    ("zone", "day", "first_offset", "after"),
    [(BERLIN, "2026-10-25", "+02:00", "+01:00"), (NEW_YORK, "2026-11-01", "-04:00", "-05:00")],
)
def test_a_time_that_comes_twice_in_autumn_fires_once(
    zone: ZoneInfo, day: str, first_offset: str, after: str
) -> None:
    cron = "30 2 * * *" if zone is BERLIN else "30 1 * * *"
    hour = cron.split()[1]
    timing = Timing(zone=zone, cron=cron)
    first, second = walls(timing, at(day, zone), 2)
    assert first == f"{day} 0{hour}:30:00{first_offset}"
    assert second.endswith(f"0{hour}:30:00{after}")
    assert second[:10] > day


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
def test_nothing_fires_again_when_asked_within_the_hour_that_comes_twice(zone: ZoneInfo) -> None:
    hour, day = (2, "2026-10-25") if zone is BERLIN else (1, "2026-11-01")
    timing = Timing(zone=zone, cron=f"30 {hour} * * *")
    second_pass = datetime.fromisoformat(f"{day} 0{hour}:10").replace(tzinfo=zone, fold=1).timestamp()
    assert walls(timing, second_pass, 1)[0][:10] > day


@pytest.mark.parametrize("zone", [BERLIN, NEW_YORK])
@pytest.mark.parametrize("day", ["2026-03-29", "2026-10-25", "2026-03-08", "2026-11-01"])
def test_every_half_hour_keeps_its_distance_over_changes_of_the_clocks(zone: ZoneInfo, day: str) -> None:
    timing = Timing(zone=zone, cron="*/30 * * * *")
    times = list(islice(timing.after(at(day, zone) - 1), 100))
    assert {later - earlier for earlier, later in pairwise(times)} == {1_800.0}


def test_an_interval_is_anchored_at_its_start_and_knows_no_wall_clock() -> None:
    start = at("2026-03-28 23:00")
    timing = Timing(zone=BERLIN, every_s=6 * 3_600, anchor_at=start, start_at=start)
    assert walls(timing, start - 999_999, 4) == [
        "2026-03-28 23:00:00+01:00",
        "2026-03-29 06:00:00+02:00",
        "2026-03-29 12:00:00+02:00",
        "2026-03-29 18:00:00+02:00",
    ]
    assert timing.next(start) == start + 6 * 3_600
    assert timing.next(start + 1) == start + 6 * 3_600


def test_start_and_end_are_times_themselves() -> None:
    timing = Timing(
        zone=BERLIN, cron="0 7 * * *", start_at=at("2026-12-01 07:00"), end_at=at("2026-12-03 07:00")
    )
    assert [wall[:10] for wall in walls(timing, 0.0, 9)] == ["2026-12-01", "2026-12-02", "2026-12-03"]
    assert timing.next(at("2026-12-03 07:00")) is None


def test_a_start_after_the_end_is_refused() -> None:
    with pytest.raises(StartAfterEnd, match=r"2026-12-02 00:00:00.01:00 is after the end 2026-12-01"):
        Timing(zone=BERLIN, cron="0 7 * * *", start_at=at("2026-12-02"), end_at=at("2026-12-01"))


def test_a_zone_that_changes_its_rules_keeps_the_wall_time() -> None:
    volgograd = ZoneInfo("Europe/Volgograd")  # It went from UTC+4 back to UTC+3 on 2020-12-27.
    timing = Timing(zone=volgograd, cron="0 7 * * *")
    times = list(islice(timing.after(at("2020-12-25 12:00", volgograd)), 3))
    assert [utc(moment)[:16] for moment in times] == [
        "2020-12-26T03:00",
        "2020-12-27T04:00",
        "2020-12-28T04:00",
    ]
    assert {timing.wall(moment)[11:16] for moment in times} == {"07:00"}


def test_a_day_that_a_zone_leaves_out_costs_no_other_day() -> None:
    apia = ZoneInfo("Pacific/Apia")  # It jumped over 2011-12-30.
    timing = Timing(zone=apia, cron="0 7 * * *")
    assert [wall[:16] for wall in walls(timing, at("2011-12-28 12:00", apia), 4)] == [
        "2011-12-29 07:00",
        "2011-12-31 00:00",
        "2011-12-31 07:00",
        "2012-01-01 07:00",
    ]


@pytest.mark.parametrize("cron", ["0 0 31 2 *", "0 0 30 feb *", "0 0 31 4,6 *", "0 0 31 4,6,9,11 *"])
def test_a_cron_expression_that_never_fires_is_refused(cron: str) -> None:
    with pytest.raises(CronNeverFires, match="never fires: no such day"):
        Timing(zone=BERLIN, cron=cron)


@pytest.mark.parametrize(
    ("cron", "what"),
    [
        ("61 * * * *", "bad minute"),
        ("0 24 * * *", "bad hour"),
        ("0 0 32 1 *", "bad day-of-month"),
        ("0 0 * 13 *", "bad month"),
        ("0 0 * * 8", "bad day-of-week"),
        ("hello", "it has 1 field"),
        ("", "it has 0 fields"),
        ("0 0 0 1 1 *", "it has 6 fields"),
        ("*/0 * * * *", "bad minute"),
        ("@daily-ish", "it has 1 field"),
    ],
)
def test_a_cron_expression_that_cannot_be_read_says_where(cron: str, what: str) -> None:
    with pytest.raises(CronWrong, match=f"cannot be read: {what}.*five fields"):
        Timing(zone=BERLIN, cron=cron)


def test_a_leap_day_fires_every_four_years_and_a_word_stands_for_an_expression() -> None:
    leap = Timing(zone=BERLIN, cron="0 0 29 2 *")
    assert [wall[:10] for wall in walls(leap, at("2025-01-01"), 2)] == ["2028-02-29", "2032-02-29"]
    assert walls(Timing(zone=BERLIN, cron="@daily"), at("2026-05-01 10:00"), 1)[0][:16] == "2026-05-02 00:00"


def test_what_passed_is_the_newest_also_where_times_come_in_bursts() -> None:
    timing = Timing(zone=BERLIN, cron="* * 1-9 * *")
    found, more = timing.passed(at("2026-01-01"), at("2026-06-20"), most=3)
    assert more
    assert [timing.wall(moment)[5:16] for moment in found] == ["06-09 23:57", "06-09 23:58", "06-09 23:59"]


def test_what_passed_is_found_newest_first_however_long_ago_it_began() -> None:
    timing = Timing(zone=BERLIN, cron="* * * * *")
    now = at("2026-06-01 12:00:30")
    found, more = timing.passed(at("2006-01-01"), now, most=50)
    assert more
    assert (len(found), timing.wall(found[-1])[:16]) == (50, "2026-06-01 12:00")
    assert shortest_gap(found) == 60.0
    daily = Timing(zone=BERLIN, cron="0 7 * * *")
    first = at("2026-05-29 07:00")
    assert daily.passed(first, now, most=50) == ([at(f"2026-{day} 07:00") for day in _days()], False)
    assert daily.passed(at("2026-06-02 07:00"), now, most=50) == ([], False)


def _days() -> list[str]:
    return ["05-29", "05-30", "05-31", "06-01"]


@given(st.floats(0, 4e9), st.integers(1, 100_000), st.text("AB", min_size=1))
def test_jitter_is_the_same_for_all_and_below_its_bound(fire_at: float, jitter_s: int, name: str) -> None:
    drawn = jitter_of(name, fire_at, jitter_s)
    assert 0 <= drawn < jitter_s
    assert drawn == jitter_of(name, fire_at, jitter_s)
    assert jitter_of(name, fire_at, 0) == 0


def test_jitter_differs_between_times_and_schedules() -> None:
    drawn = {jitter_of(name, 60.0 * number, 600) for name in ("A", "B") for number in range(20)}
    assert len(drawn) > 35


@given(
    st.sampled_from(["0 7 * * *", "30 2 * * *", "30 1 * * 0", "*/7 * * * *", "0 */5 * * *", "15 2,3 * * *"]),
    st.sampled_from([BERLIN, NEW_YORK, ZoneInfo("Australia/Lord_Howe"), ZoneInfo("UTC")]),
    st.floats(1.7e9, 1.9e9),
)
def test_times_only_ever_grow_and_going_on_from_one_finds_the_next(
    cron: str, zone: ZoneInfo, moment: float
) -> None:
    timing = Timing(zone=zone, cron=cron)
    times = list(islice(timing.after(moment), 12))
    assert times[0] > moment
    assert times == sorted(set(times))
    for earlier, later in pairwise(times):
        assert timing.next(earlier) == later


def test_as_many_as_are_asked_for_are_not_too_many() -> None:
    yearly = Timing(zone=BERLIN, cron="0 7 1 1 *")
    found, more = yearly.passed(at("2016-06-01"), at("2018-01-02"), most=2)
    assert (found, more) == ([at("2017-01-01 07:00"), at("2018-01-01 07:00")], False)
