from __future__ import annotations

from typing import Any

import pytest

from promptrelay.dataforseo.pausing_codes import ACCOUNT_CODES, RUN_CODES, why_account_pauses, why_run_pauses
from promptrelay.dataforseo.policy import Call, Policy, policy_for
from promptrelay.domain.account.pause import ENDINGS, Cause
from promptrelay.domain.account.standing import AccountStanding
from promptrelay.domain.account.stopping import DAY_S, enough, is_mended, limit_reached, next_day
from promptrelay.domain.money import Usd

ONE = Usd.of("0.035")


def standing(**facts: Any) -> AccountStanding:
    return AccountStanding(name="main", **facts)


def paused(cause: Cause, **facts: Any) -> AccountStanding:
    return standing(cause=cause, reason="why", paused_at=100.0, **facts)


def test_every_cause_has_an_ending_and_says_it() -> None:
    assert set(ENDINGS) == set(Cause)
    for cause in Cause:
        assert (paused(cause).note or "").startswith("account main is paused: why; ")
    assert standing().note is None


def test_every_code_that_pauses_says_why() -> None:
    codes = range(10000, 60000)
    fatal = {code for code in codes if policy_for(code, call=Call.POST) is Policy.ACCOUNT_FATAL}
    config = {code for code in codes if policy_for(code, call=Call.POST) is Policy.CONFIG_FATAL}
    assert set(ACCOUNT_CODES) == fatal
    assert set(RUN_CODES) == config
    assert why_account_pauses(40207)[1].endswith("(40207)")
    assert why_run_pauses(40400).endswith("(40400)")


def test_a_negative_balance_stops_the_account_also_when_nothing_is_to_be_sent() -> None:
    reached = limit_reached(standing(balance=Usd.of("-0.1")), ONE, wanted=False)
    assert reached is not None
    assert reached[0] is Cause.FUNDS


@pytest.mark.parametrize("wanted", [True, False])
def test_our_limits_stop_it_only_when_there_is_something_to_send(wanted: bool) -> None:
    full = standing(daily_cap=Usd.of(1), spent_today=Usd.of("0.9"), out=Usd.of("0.08"))
    reached = limit_reached(full, ONE, wanted=wanted)
    assert (reached is not None) is wanted
    if reached:
        assert reached[0] is Cause.DAILY_CAP
        for figure in ("$1 ", "$0.9 spent", "$0.08 set aside", "$0.035 for the next"):
            assert figure in reached[1]


def test_the_floor_counts_what_was_booked_since_the_reading_and_what_is_set_aside() -> None:
    facts = {"floor": Usd.of(5), "balance": Usd.of(6), "booked_since": Usd.of("0.5")}
    assert limit_reached(standing(**facts, out=Usd.of("0.465")), ONE, wanted=True) is None
    reached = limit_reached(standing(**facts, out=Usd.of("0.466")), ONE, wanted=True)
    assert reached is not None
    assert reached[0] is Cause.FLOOR
    assert "$5.5 left" in reached[1]


def test_under_a_floor_nothing_is_sent_before_the_balance_is_known() -> None:
    unasked = standing(floor=Usd.of(5))
    assert unasked.fits(ONE, 100) == 0
    assert limit_reached(unasked, ONE, wanted=True) is None
    reached = limit_reached(standing(floor=Usd.of(5), answered_at=1.0), ONE, wanted=True)
    assert reached is not None
    assert "does not say the balance" in reached[1]


def test_without_a_floor_an_unknown_balance_stops_nothing() -> None:
    assert standing().fits(ONE, 100) == 100
    assert limit_reached(standing(answered_at=1.0), ONE, wanted=True) is None


@pytest.mark.parametrize("cause", [Cause.CREDENTIALS, Cause.ADDRESS])
def test_an_answer_after_the_pause_ends_it(cause: Cause) -> None:
    assert not is_mended(paused(cause, answered_at=99.0), ONE, 500.0)
    assert is_mended(paused(cause, answered_at=101.0), ONE, 500.0)


@pytest.mark.parametrize(
    ("facts", "mended"),
    [
        ({"balance": Usd.of(9), "needed": Usd.of(5), "answered_at": 101.0}, True),
        ({"balance": Usd.of(4), "needed": Usd.of(5), "answered_at": 101.0}, False),
        ({"balance": Usd.of(9), "needed": Usd.of(5), "answered_at": 99.0}, False),
        ({"balance": Usd.of(9), "needed": None, "answered_at": 101.0}, False),
        ({"balance": None, "needed": Usd.of(5), "answered_at": 101.0}, False),
        ({"balance": Usd.of(4), "needed": Usd.of(5), "answered_at": 101.0, "resume_at": 200.0}, True),
    ],
)
def test_a_pause_for_want_of_money_ends_with_a_newer_reading_that_is_enough(
    facts: dict[str, Any], mended: bool
) -> None:
    assert is_mended(paused(Cause.FUNDS, **facts), ONE, 200.0) is mended


def test_our_own_limits_end_a_pause_when_a_good_part_is_free_again() -> None:
    def full(out: str, spent: str = "0") -> AccountStanding:
        return paused(Cause.DAILY_CAP, daily_cap=Usd.of(1), out=Usd.of(out), spent_today=Usd.of(spent))

    assert not is_mended(full("0.9"), ONE, 200.0)
    assert is_mended(full("0.8"), ONE, 200.0)
    assert not is_mended(full("0", "0.97"), ONE, 200.0)
    assert is_mended(full("0", "0.96"), ONE, 200.0)
    assert is_mended(paused(Cause.DAILY_CAP), ONE, 200.0)


@pytest.mark.parametrize("cause", [Cause.OPERATOR, Cause.PROVIDER, Cause.DAILY_LIMIT])
def test_nothing_but_its_time_or_a_command_ends_the_others(cause: Cause) -> None:
    everything = {"answered_at": 300.0, "balance": Usd.of(900), "needed": Usd.of(1)}
    assert not is_mended(paused(cause, **everything), ONE, 10_000.0)
    assert is_mended(paused(cause, **everything, resume_at=10_000.0), ONE, 10_000.0)


def test_a_paused_account_has_room_for_nothing_and_others_for_what_fits() -> None:
    assert paused(Cause.OPERATOR).fits(ONE, 100) == 0
    assert standing().fits(ONE, 100) == 100
    assert standing(daily_cap=Usd.of("0.1")).fits(ONE, 100) == 2
    assert standing(daily_cap=Usd.of("0.1"), spent_today=Usd.of(1)).fits(ONE, 100) == 0


def test_enough_is_another_job_above_the_floor_and_never_below_zero() -> None:
    assert enough(standing(), ONE) == ONE
    assert enough(standing(floor=Usd.of(-3)), ONE) == ONE
    assert enough(standing(floor=Usd.of(3)), ONE) == Usd.of("3.035")


def test_the_next_day_begins_at_midnight_utc() -> None:
    assert next_day(0.0) == DAY_S
    assert next_day(DAY_S - 0.5) == DAY_S
    assert next_day(DAY_S) == 2 * DAY_S
