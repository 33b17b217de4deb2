"""P25: never more Live calls at the provider than slots, also when Redis forgets some or all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from .explorer import Result, explore
from .live_model import Rules, live_model

ALL = Rules()
STEADY = replace(ALL, losses=0)
MORE = "more calls at the provider than slots"


def with_rules(rules: Rules, until: str | None = None) -> Result:
    return explore(live_model(rules), until=until)


@pytest.mark.parametrize("start_window", [0, 1])
def test_while_redis_remembers_the_age_check_and_the_late_release_hold(start_window: int) -> None:
    result = with_rules(replace(STEADY, start_window=start_window))
    assert result.holds, result


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(ALL, id="one loss: the newest slot, all slots, or all keys"),
        pytest.param(replace(ALL, sql_may_fail=True), id="SQL away meanwhile"),
        pytest.param(replace(ALL, dispatchers=2), id="two dispatchers seed"),
        pytest.param(replace(ALL, losses=2), id="two losses"),
    ],
)
def test_a_new_epoch_closed_seeded_and_opened_holds(rules: Rules) -> None:
    result = with_rules(rules)
    assert result.holds, result


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(replace(STEADY, release_always=True), id="slot given back after any outcome"),
        pytest.param(replace(STEADY, start_window=None), id="no age check before the call"),
        pytest.param(replace(STEADY, start_window=2), id="start window longer than lease minus call"),
        pytest.param(replace(ALL, seed_from_sql=False), id="opened without seeding"),
        pytest.param(replace(ALL, closed_for=0), id="not closed before seeding"),
        pytest.param(replace(ALL, closed_for=1), id="closed no longer than the start window"),
        pytest.param(replace(ALL, sees_other_run_id=False), id="another run id passes unseen"),
        pytest.param(replace(ALL, sees_missing_key=False), id="a missing key passes unseen"),
        pytest.param(replace(ALL, row_before_call=False), id="P1 the row comes after the call"),
        pytest.param(replace(ALL, dispatchers=2, seed_only_while_closed=False), id="seeding an open epoch"),
        pytest.param(
            replace(ALL, dispatchers=2, losses=2, seed_checks_epoch=False),
            id="seeding with an older epoch's rows",
        ),
    ],
)
def test_without_a_part_of_the_rule_there_is_one_call_too_many(rules: Rules) -> None:
    result = with_rules(rules, until=MORE)
    assert result.breaks(MORE), result


@pytest.mark.long
@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(replace(STEADY, workers=3), id="three workers"),
        pytest.param(replace(ALL, dispatchers=2, losses=2), id="two dispatchers, two losses"),
        pytest.param(
            replace(ALL, dispatchers=2, sql_may_fail=True), id="two dispatchers, SQL away meanwhile"
        ),
    ],
)
def test_larger_worlds_hold_too(rules: Rules) -> None:
    result = with_rules(rules)
    assert result.holds, result
