"""Tasks that the provider never answers and never fails: the run ends, and everywhere it says why (P20)."""

from __future__ import annotations

import json
import signal
from typing import Any

import pytest

from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, run_arguments, until

PROMPTS, STUCK = 12, 3
SOON_OVER = {"STANDARD_DEADLINE_S": "3600", "EXPIRY_GRACE_S": "600", "POLL_MAX_S": "1200"}
"""Six seconds and one; the hour of unchanged looks takes six more."""
LATER = {"STANDARD_DEADLINE_S": "9000000"}
WORDS = "3rd Party API Service Unavailable."


def test_a_run_with_tasks_that_stay_at_a_code_finishes_and_says_so(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(f"task_stuck={STUCK}x", "user_data_calls_per_minute=600")
    project = projects(provider, USER_DATA_PER_MINUTE="300", **SOON_OVER)
    done = project.run(project.prompts(PROMPTS), "--platform", "chat_gpt")
    found = done.receipt
    assert (done.code, found["state"]) == (4, "finished"), done.err
    assert found["jobs"] == {"done": PROMPTS - STUCK, "failed": STUCK}
    assert found["reasons"] == {"overdue": STUCK}
    assert found["money"]["held"] == "0.03"
    (said,) = found["provider_says"]
    assert (said["code"], said["message"], said["attempts"], said["waiting"]) == (50301, WORDS, STUCK, 0)
    assert f"the provider says 50301 {WORDS[:-1]}: {STUCK} sendings" in " ".join(done.err.split())
    check_shown(project, found["run"])


def check_shown(project: Project, run_id: str) -> None:
    listed = json.loads(project.command("jobs", "--state", "failed", "--json").out)["jobs"]
    assert [(job["provider_code"], job["provider_message"]) for job in listed] == [(50301, WORDS)] * STUCK
    assert project.command("jobs", "--state", "failed").out.count(f"50301 {WORDS}") == STUCK
    status = json.loads(project.command("status", "--json").out)
    assert status["provider_says"][0]["attempts"] == STUCK
    lines = [json.loads(line) for line in project.command("results", run_id, "--all").out.splitlines()]
    left = [line for line in lines if line.get("state") == "failed"]
    assert [(line["provider_code"], line["provider_message"]) for line in left] == [(50301, WORDS)] * STUCK
    assert not any("provider_code" in line for line in lines if line not in left)
    table = project.command("results", run_id, "--all", "--format", "csv").out
    assert (table.splitlines()[0].count("provider_message"), table.count(WORDS)) == (1, STUCK)


@pytest.fixture
def waiting(providers: Providers, projects: Projects) -> Project:
    """A run that waits for tasks at a code, its time not over, and whose stack has ended."""
    project = projects(providers(f"task_stuck={STUCK}x"), **LATER)
    process = project.start(*run_arguments(project.prompts(STUCK), "--platform", "claude"))
    looked_at = "SELECT 1 FROM attempts WHERE look_code = 50301"
    until(lambda: len(project.rows(looked_at)) == STUCK)
    process.send_signal(signal.SIGTERM)
    project.end_of(process)
    return project


def recover(project: Project, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = project.command("recover", "--json", *arguments)
    return done.code, json.loads(done.out.strip().splitlines()[-1])


def test_the_operator_ends_what_the_provider_has_by_name_or_once_it_stays_so(waiting: Project) -> None:
    first = waiting.rows("SELECT min(id) FROM attempts")[0][0]
    code, found = recover(waiting, "--write-off", "--yes", "--attempt", first)
    assert (code, found["ended"]) == (0, [first])
    assert waiting.rows(f"SELECT state, reserved_nanos > 0 FROM attempts WHERE id = '{first}'") == [
        ("overdue", 1)
    ]
    until(lambda: len(recover(waiting)[1]["stuck"]) == STUCK - 1)
    shown = waiting.command("recover").out
    assert f"{STUCK - 1} sendings are with the provider, which says 50301 {WORDS}" in shown
    asked = waiting.command("recover", "--write-off")
    assert (asked.code != 0, "advances stay held" in asked.err) == (True, True)
    code, found = recover(waiting, "--write-off", "--yes")
    assert (code, len(found["ended"]), found["stuck"]) == (0, STUCK - 1, [])
    assert waiting.rows("SELECT state, reason, count(*) FROM jobs GROUP BY 1, 2") == [
        ("failed", "overdue", STUCK)
    ]
    assert waiting.rows("SELECT reserved_nanos, float_nanos FROM runs") == [(0, STUCK * 10_000_000)]
