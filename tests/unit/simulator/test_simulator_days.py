from __future__ import annotations

from collections.abc import Callable
from typing import Any

Build = Callable[..., Any]


def test_the_daily_cost_limit_begins_anew_with_the_utc_day(caller: Build, prompt: Build) -> None:
    c = caller("daily_cost_limit=0.0102", "standard_latency_s=300000", "standard_latency_max_s=259000")
    c.time = 1_760_054_399.0  # One second before midnight.
    codes = [entry["status_code"] for entry in c.post(prompt(tag="a"), prompt(tag="b"))]
    assert codes == [20100, 40203]
    c.time += 2
    assert [entry["status_code"] for entry in c.post(prompt(tag="b"))] == [20100]


def test_what_comes_back_on_the_same_day_makes_room_again(caller: Build, prompt: Build) -> None:
    c = caller("daily_cost_limit=0.0102", "task_40103=1x")
    assert [entry["status_code"] for entry in c.post(prompt(tag="a"), prompt(tag="b"))] == [20100, 40203]
    c.time += 3600
    c.provider.catch_up()
    assert c.provider.account.spent_until(c.time) < c.provider.options.daily_cost_limit
