from __future__ import annotations

import re
from decimal import Decimal

import pytest

from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.rates import Dice, Rate


def test_settings_are_read_into_their_types() -> None:
    options = SimulatorOptions.parse(
        [
            "seed=7",
            "time_scale=2.5",
            "start_balance=12.5",
            "gzip=off",
            "reply_order=shuffled",
            "task_empty=3x",
        ]
    )
    assert (options.seed, options.time_scale, options.start_balance) == (7, 2.5, Decimal("12.5"))
    assert (options.gzip, options.reply_order, options.task_empty) == (False, "shuffled", Rate(count=3))


@pytest.mark.parametrize(
    ("setting", "named"),
    [
        ("live_slot=3", "live_slots"),
        ("fault.task_post.reply_lots=1", "fault.task_post.reply_lost"),
        ("faults=1", "the nearest is"),
        ("seed=many", "seed=many is not of type int"),
        ("task_empty=2", "a share like 0.05 or a count like 3x"),
        ("gzip=maybe", "none of on, off"),
        ("reply_order=odd", "same, shuffled"),
        ("time_scale=0.5", "at least 1"),
        ("seed", "not key=value"),
    ],
)
def test_a_wrong_setting_is_refused_in_one_line_that_helps(setting: str, named: str) -> None:
    with pytest.raises(ValueError, match=re.escape(named)) as refused:
        SimulatorOptions.parse([setting])
    assert "\n" not in str(refused.value)


def test_every_option_is_described_with_its_default() -> None:
    described = SimulatorOptions.describe()
    for name in SimulatorOptions.__dataclass_fields__.keys() - {"faults"}:
        assert f"\n{name}=" in f"\n{described}", name
    assert "standard_fee=0.0002" in described
    assert "fault.<endpoint>.reply_lost" in described


def test_a_fault_of_one_endpoint_goes_before_that_of_any() -> None:
    options = SimulatorOptions.parse(["fault.any.garbage=1", "fault.live.garbage=0"])
    assert options.fault("task_get", "garbage") == Rate(share=1.0)
    assert options.fault("live", "garbage") == Rate(share=0.0)
    assert options.fault("live", "truncated") == Rate()


def test_changed_options_keep_the_others_and_take_numbers_and_booleans() -> None:
    options = SimulatorOptions.parse(["seed=7"]).changed({"live_slots": 3, "gzip": False, "task_empty": 0.5})
    assert (options.seed, options.live_slots, options.gzip, options.task_empty) == (
        7,
        3,
        False,
        Rate(share=0.5),
    )


def test_a_count_strikes_so_many_times_and_again_after_it_is_set_anew() -> None:
    dice = Dice(1)
    assert [dice.strikes("k", Rate(count=2)) for _ in range(4)] == [True, True, False, False]
    dice.forget("k")
    assert dice.strikes("k", Rate(count=2))


def test_a_share_strikes_as_often_as_it_says_and_the_same_for_the_same_seed() -> None:
    first, second = Dice(5), Dice(5)
    struck = [first.strikes("k", Rate(share=0.2)) for _ in range(2000)]
    assert 300 < sum(struck) < 500
    assert struck == [second.strikes("k", Rate(share=0.2)) for _ in range(2000)]
