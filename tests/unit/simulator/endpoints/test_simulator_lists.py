from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

HOUR_S = 3600.0
Build = Callable[..., Any]


def test_tasks_ready_lists_uncollected_tasks_of_its_platform_until_they_are_fetched(
    caller: Build, prompt: Build
) -> None:
    c = caller()
    first, second = c.post(prompt(tag="a"), prompt(tag="b"))
    c.post(prompt(model_name="gemini-2.5-flash"), platform="gemini")
    assert c.ready() == []
    c.time += HOUR_S
    listed = c.ready()
    assert sorted(listed) == sorted([first["id"], second["id"]])
    assert c.ready() == listed
    c.get(listed[0])
    assert c.ready() == listed[1:]
    assert len(c.ready("gemini")) == 1


def test_a_ready_row_names_tag_and_endpoint(caller: Build, prompt: Build) -> None:
    c = caller()
    (entry,) = c.post(prompt(tag="a"))
    c.time += HOUR_S
    reply = c.call("GET", "/ai_optimization/chat_gpt/llm_responses/tasks_ready")
    (row,) = reply["tasks"][0]["result"]
    assert (row["tag"], row["se"], row["se_type"]) == ("a", "chat_gpt", "llm_responses")
    assert row["endpoint"] == f"/v3/ai_optimization/chat_gpt/llm_responses/task_get/{entry['id']}"


def test_the_ready_list_is_a_window_on_the_oldest(caller: Build, prompt: Build) -> None:
    c = caller("ready_rows=3")
    c.post(*(prompt() for _ in range(5)))
    c.time += HOUR_S
    window = c.ready()
    assert len(window) == 3
    for task_id in window:
        c.get(task_id)
    assert len(c.ready()) == 2
    assert not set(c.ready()) & set(window)


def test_tasks_leave_the_ready_list_after_three_days(caller: Build, prompt: Build) -> None:
    c = caller("time_scale=10")
    (entry,) = c.post(prompt())
    c.time += 7.2 * HOUR_S - 1
    assert c.ready() == [entry["id"]]
    c.time += HOUR_S
    assert c.ready() == []
    assert c.get(entry["id"])["status_code"] == 20000


def test_the_ready_list_may_lag_behind_or_list_nothing(caller: Build, prompt: Build) -> None:
    c = caller("ready_lag_s=600", "standard_latency_s=0")
    c.post(prompt())
    c.time += 599
    assert c.ready() == []
    c.time += 2
    assert len(c.ready()) == 1
    c.provider.change({"ready_lists": "off"})
    assert c.ready() == []


@pytest.mark.parametrize(("setting", "count"), [("off", 0), ("on", 1)])
def test_failed_tasks_are_listed_as_ready_only_if_told_so(
    caller: Build, prompt: Build, setting: str, count: int
) -> None:
    c = caller("task_40103=1", f"failed_in_ready={setting}")
    (entry,) = c.post(prompt())
    c.time += HOUR_S
    assert len(c.ready()) == count
    c.get(entry["id"])
    assert c.ready() == []


def test_id_list_shows_tasks_after_its_lag_with_tag_and_cost(caller: Build, prompt: Build) -> None:
    c = caller("id_list_lag_s=600", "time_scale=10")
    (entry,) = c.post(prompt(tag="a", web_search=True))
    c.time += 59
    assert c.id_list() == []
    c.time += 2
    (row,) = c.id_list(include_metadata=True)
    assert row["id"] == entry["id"]
    assert row["url"].endswith("/v3/ai_optimization/chat_gpt/llm_responses/task_post")
    assert (row["metadata"]["tag"], row["metadata"]["web_search"]) == ("a", True)
    assert "metadata" not in c.id_list()[0]


def test_id_list_shows_the_final_cost_or_that_of_the_post(caller: Build, prompt: Build) -> None:
    c = caller("standard_latency_s=1800", "standard_latency_max_s=1800")
    c.post(prompt())
    c.time += 60
    (row,) = c.id_list()
    assert (row["cost"], row["status"], row["datetime_done"]) == (0.0102, "task in queue", None)
    c.time += HOUR_S
    (row,) = c.id_list()
    assert (row["cost"], row["status"]) == (float(c.provider.tasks.all[0].net), "ok")
    assert row["datetime_done"] is not None
    c.provider.change({"id_list_cost_updated": "off"})
    assert c.id_list()[0]["cost"] == 0.0102


def test_id_list_leaves_failed_tasks_out(caller: Build, prompt: Build) -> None:
    c = caller("task_40103=1x")
    failed, fine = c.post(prompt(), prompt())
    c.time += 11
    assert len(c.id_list()) == 2
    c.time += HOUR_S
    assert [row["id"] for row in c.id_list()] == [fine["id"]]
    assert failed["status_code"] == 20100


def test_id_list_pages_sorts_and_keeps_to_its_window(caller: Build, prompt: Build) -> None:
    c = caller("id_list_lag_s=0")
    posted = []
    for _ in range(5):
        posted.append(c.post(prompt())[0]["id"])
        c.time += 10
    assert [row["id"] for row in c.id_list(sort="asc")] == posted
    assert [row["id"] for row in c.id_list(sort="desc", limit=2, offset=1)] == [posted[3], posted[2]]
    start, end = (datetime.fromtimestamp(c.time - 50 + s, UTC) for s in (10, 20))
    shape = "%Y-%m-%d %H:%M:%S +00:00"
    rows = c.id_list(datetime_from=start.strftime(shape), datetime_to=end.strftime(shape), sort="asc")
    assert [row["id"] for row in rows] == posted[1:3]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"datetime_from": "yesterday"}, 40501),
        ({"datetime_to": None}, 40501),
        ({"limit": 1001}, 40501),
        ({"limit": True}, 40501),
        ({"offset": -1}, 40501),
        ({"sort": "up"}, 40501),
        ({"tag": "a"}, 40506),
    ],
)
def test_id_list_refuses_what_it_does_not_understand(caller: Build, asked: Any, code: int) -> None:
    window = {"datetime_from": "2025-01-01 00:00:00 +00:00", "datetime_to": "2027-01-01 00:00:00 +00:00"}
    reply = caller().call("POST", "/ai_optimization/id_list", [{**window, **asked}])
    assert (reply["tasks"][0]["status_code"], reply["tasks"][0]["result"]) == (code, None)


@pytest.mark.parametrize(("setting", "count"), [("on", 1), ("off", 0)])
def test_live_calls_may_be_in_id_list(caller: Build, prompt: Build, setting: str, count: int) -> None:
    c = caller("id_list_lag_s=0", "live_latency_s=0", f"live_in_id_list={setting}")
    c.call("POST", "/ai_optimization/chat_gpt/llm_responses/live", [prompt()])
    c.time += 1
    rows = c.id_list()
    assert len(rows) == count
    assert all(row["url"].endswith("/live") and row["cost"] > 0.0006 for row in rows)


def test_user_data_shows_the_balance_and_what_was_paid_in(caller: Build, prompt: Build) -> None:
    c = caller("start_balance=10")
    c.post(prompt())
    c.provider.books.top_up(Decimal(50))
    (account,) = c.call("GET", "/appendix/user_data")["tasks"][0]["result"]
    money = account["money"]
    assert (money["total"], money["balance"]) == (60, 59.9898)
    assert (money["limits"]["day"]["total"], money["statistics"]["day"]["total"]) == (None, 0.0102)


def test_models_show_what_they_can_do(caller: Build) -> None:
    def rows(c: Any, platform: str) -> dict[str, Any]:
        reply = c.call("GET", f"/ai_optimization/{platform}/llm_responses/models")
        return {row["model_name"]: row for row in reply["tasks"][0]["result"]}

    listed = rows(caller(), "chat_gpt")
    assert listed["o3-mini"] == {
        "model_name": "o3-mini",
        "reasoning": True,
        "web_search_supported": False,
        "task_post_supported": True,
    }
    assert "gpt-4.1-2025-04-14" in listed
    assert not any(row["task_post_supported"] for row in rows(caller(), "perplexity").values())
    assert not any(
        row["task_post_supported"] for row in rows(caller("no_standard=gemini"), "gemini").values()
    )
    assert all(row["reasoning"] for row in rows(caller("all_models_reasoning=on"), "chat_gpt").values())


def test_resends_are_acknowledged_one_by_one(caller: Build, prompt: Build) -> None:
    c = caller()
    (entry,) = c.post(prompt())
    reply = c.call("POST", "/appendix/webhook_resend", [{"id": entry["id"]}, {"id": "zz"}])
    assert [(e["id"], e["status_code"], e["result"]) for e in reply["tasks"]] == [
        (entry["id"], 20100, None),
        ("zz", 40401, None),
    ]
    assert c.call("POST", "/ai_optimization/errors", [{"limit": 10}])["tasks"][0]["result"] is None


def test_a_job_taken_twice_is_found(caller: Build, prompt: Build) -> None:
    c = caller("task_40103=1x", "standard_latency_s=1800", "standard_latency_max_s=1800")
    tags = ["pr.d.r.job1.A1", "pr.d.r.job2.A1", "pr.d.r.job2.A2", "mine", "mine"]
    c.post(*(prompt(tag=tag) for tag in tags))
    assert [(d["job"], d["earlier_was"]) for d in c.provider.doubles.found] == [("pr.d.r.job2", "unfinished")]
    c.time += HOUR_S
    c.provider.catch_up()
    c.post(prompt(tag="pr.d.r.job1.A2"))
    assert len(c.provider.doubles.found) == 1, "a failed job may be sent again"
    c.post(prompt(tag="pr.d.r.job2.A3"))
    assert c.provider.doubles.found[-1]["earlier_was"] == "succeeded"
