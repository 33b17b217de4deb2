from __future__ import annotations

from collections.abc import Callable
from typing import Any

HOUR_S = 3600.0
DAY_S = 24 * HOUR_S
PATH = "/ai_optimization/errors"
Build = Callable[..., Any]


def listed(c: Any, **asked: object) -> list[dict[str, Any]]:
    entry = c.call("POST", PATH, [{"limit": 1000, **asked}])["tasks"][0]
    return entry["result"] or []


def test_the_list_of_errors_names_what_failed_by_id_and_code_but_not_by_tag(
    caller: Build, prompt: Build
) -> None:
    c = caller("task_40101=1x")
    failed, done = c.post(prompt(tag="a"), prompt(tag="b"))
    assert listed(c) == [], "neither has ended"
    c.time += HOUR_S
    (row,) = listed(c)
    assert (row["id"], row["error_code"]) == (failed["id"], 40101)
    assert row["function"] == "ai_optimization/chat_gpt/llm_responses/task_post"
    assert "tag" not in row
    assert done["id"] not in [row["id"] for row in listed(c)]


def test_it_shows_seven_days_a_window_and_a_function(caller: Build, prompt: Build) -> None:
    c = caller("task_40103=2x", "standard_latency_s=1", "standard_latency_max_s=1")
    c.post(prompt(tag="a"))
    c.time += DAY_S
    (later,) = c.post(prompt(tag="b"))
    c.time += 60.0
    assert [row["id"] for row in listed(c, limit=1)] == [later["id"]]
    assert len(listed(c)) == 2
    assert len(listed(c, offset=1)) == 1
    assert len(listed(c, filtered_function="postback_url")) == 0
    since = listed(c)[0]["datetime"]
    assert [row["id"] for row in listed(c, datetime_from=since, datetime_to=since)] == [later["id"]]
    c.time += 6.5 * DAY_S
    assert [row["id"] for row in listed(c)] == [later["id"]]


def test_switched_off_there_is_no_such_list(caller: Build) -> None:
    assert caller("errors_listed=off").refused("POST", PATH, [{"limit": 10}]) == 40400


def test_a_stuck_task_stays_at_its_code_with_its_words(caller: Build, prompt: Build) -> None:
    c = caller("task_stuck=1x", "stuck_code=50301", "stuck_words=Not now.")
    stuck, _ = c.post(prompt(tag="a"), prompt(tag="b"))
    c.time += 40 * DAY_S
    entry = c.get(stuck["id"])
    assert (entry["status_code"], entry["status_message"], entry["result"]) == (50301, "Not now.", None)
    assert [row["id"] for row in c.id_list(include_metadata=True)][-1] == stuck["id"]
