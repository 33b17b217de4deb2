"""A campaign every morning for thirty days: restarted on the tenth, away for two on the twentieth."""

from __future__ import annotations

import json
import signal
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.acceptance.checker import check_limits, check_nothing_doubled
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.days import Days
from tests.acceptance.project import Project, until

DAY_S = 3.0
JOBS = 20
BERLIN = ZoneInfo("Europe/Berlin")
# The clocks change on 29 March, the nineteenth day.
FIRST, LAST = 11, 11 + 30
RESTARTED, OUTAGE, CHANGED = 20, 30, 25
YAML = """
name: brands
prompts: {file: prompts.csv}
platforms: [chat_gpt]
schedule:
  cron: "0 7 * * *"
  zone: Europe/Berlin
  end: 2026-04-09 12:00
  misfire: once
  overlap: allow
  monthly_cap: 50
"""


def day_of(number: int) -> str:
    """The date of a day that is counted on from 1 March."""
    return f"2026-03-{number:02}" if number <= 31 else f"2026-04-{number - 31:02}"


@pytest.mark.timeout(300)
def test_thirty_days_of_a_daily_schedule_fire_once_each(
    providers: Providers, projects: Projects, tmp_path: Path
) -> None:
    provider = providers()
    days = Days(tmp_path / "calendar", BERLIN)
    project = projects(provider, CALENDAR_FILE=str(days.path), MISFIRE_GRACE_S="43200")
    days.begin("2026-03-10 12:00")
    campaign = project.folder / "campaign.yaml"
    campaign.write_text(YAML)
    write_prompts(project, changed=False)
    added = project.command("schedule", "add", campaign, "--yes", "--json")
    assert added.code == 0, added.err
    assert [at["wall"][:16] for at in added.receipt["times"]] == [f"{day_of(n)} 07:00" for n in range(11, 16)]

    stack = project.start("up")
    for number in range(FIRST, LAST):
        if number != OUTAGE + 1:  # Nobody sees that morning.
            days.run(day_s=DAY_S)
            wait_for(project, days, number)
        if number == CHANGED - 1:
            write_prompts(project, changed=True)
        if number == RESTARTED:
            end(project, days, stack, signal.SIGKILL)
            stack = project.start("up")
        if number == OUTAGE:
            end(project, days, stack, signal.SIGTERM)
            # Into the second evening: too late to be in time, so it is the policy that fires it.
            days.jump(days=2, hours=13)
            stack = project.start("up")
    finished = "SELECT count(*) FROM runs WHERE state = 'finished'"
    until(lambda: project.rows(finished) == [(LAST - FIRST - 1,)], 60, lambda: str(project.states()))
    check_history(project)
    check_money(project, provider)
    days.hold()
    stack.terminate()
    assert project.end_of(stack).code == 0


def write_prompts(project: Project, *, changed: bool) -> None:
    path = project.prompts(JOBS)
    if changed:
        path.write_text(path.read_text().replace("question 7:", "question 77:"))


def wait_for(project: Project, days: Days, number: int) -> None:
    """Until that morning has fired; the afternoon waits for a dispatcher that is late."""
    fired = f"SELECT outcome FROM fires WHERE wall LIKE '{day_of(number)} 07:00%'"

    def has_fired() -> bool:
        if days.wall() > f"{day_of(number)} 20:00":
            days.hold()
        return bool(project.rows(fired))

    until(has_fired, 60, lambda: f"{days.wall()}: {project.states()}")


def end(project: Project, days: Days, stack: Any, number: signal.Signals) -> None:
    days.hold()
    stack.send_signal(number)
    stack.wait(60)
    project.wait_until_gone(20)


def check_history(project: Project) -> None:
    shown = json.loads(project.command("schedule", "show", "brands", "--limit", "99", "--json").out)
    history = {fire["wall"][:10]: fire for fire in reversed(shown["history"])}
    assert list(history) == [day_of(number) for number in range(FIRST, LAST)]
    assert len(shown["history"]) == len(history)
    missed = day_of(OUTAGE + 1)
    assert {day: fire["outcome"] for day, fire in history.items() if fire["outcome"] != "fired"} == {
        missed: "missed"
    }
    assert {fire["wall"][11:16] for fire in history.values()} == {"07:00"}
    hours = [fire["utc"][11:13] for fire in history.values()]
    assert hours == ["06"] * 18 + ["05"] * 12
    changes = {day: fire["prompts"] for day, fire in history.items() if fire["changed"]}
    (prompts,) = changes.values()
    assert list(changes) == [day_of(CHANGED)]
    assert [[row["prompt"][:20] for row in rows] for rows in prompts.values()] == [
        ["prompts question 77:"],
        ["prompts question 7: "],
    ]
    assert (shown["state"], shown["reason"]) == ("ended", "it has no further time")


def check_money(project: Project, provider: Any) -> None:
    found = json.loads(project.command("runs", "--json").out)["runs"]
    assert {(run["state"], run["jobs"], run["done"]) for run in found} == {("finished", JOBS, JOBS)}
    asked = Counter(task["request"]["user_prompt"] for task in provider.tasks())
    assert sum(asked.values()) == JOBS * len(found)
    assert {count for prompt, count in asked.items() if "7:" not in prompt} == {len(found)}
    check_limits(provider)
    check_nothing_doubled(provider)
    theirs = Decimal(provider.books()["nano_rounded"]["net"])
    assert sum(Decimal(run["net"]) for run in found) == theirs
    assert project.ledger()["sum"] == "0"
