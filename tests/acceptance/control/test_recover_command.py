"""`recover` without a stack: it searches, says what is known, and takes the operator's word."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from typing import Any

import pytest

from tests.acceptance.checker import check_nothing_doubled
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, run_arguments, until

JOBS = 20
SETTINGS = {
    "SEND_WINDOW_S": "2",
    "CALL_DEADLINE_S": "2",
    "LIVE_LIMIT_S": "1",
    "ID_LIST_PER_MINUTE": "300",
    "RECOVER_MAX_S": "99999999",
}


@pytest.fixture
def stopped(providers: Providers, projects: Projects) -> Iterator[Project]:
    """A run whose only POST never arrived, and whose stack has ended."""
    provider = providers("fault.task_post.error_500_before=1x", "id_list_calls_per_minute=600")
    project = projects(provider, **SETTINGS)
    process = project.start(*run_arguments(project.prompts(JOBS), "--platform", "claude"))
    until(lambda: project.rows("SELECT 1 FROM attempts WHERE state = 'unknown'"))
    process.send_signal(signal.SIGTERM)
    project.end_of(process)
    yield project
    check_nothing_doubled(provider)


def recover(project: Project, *arguments: str) -> tuple[int, dict[str, Any]]:
    done = project.command("recover", "--json", *arguments)
    return done.code, json.loads(done.out.strip().splitlines()[-1])


def test_the_operator_sends_again_what_no_search_can_decide(stopped: Project) -> None:
    code, found = recover(stopped)
    assert (code, len(found["unknown"]), found["incomplete"]) == (4, JOBS, None)
    assert found["search"]["searched"] == JOBS
    shown = stopped.command("recover")
    assert (shown.code, f"{JOBS} outcomes of this run are unknown" in shown.out) == (4, True)
    until(lambda: not any(item["may_arrive"] for item in recover(stopped)[1]["unknown"]))
    asked = stopped.command("recover", "--retry")
    assert asked.code != 0, "nobody was there to say yes"
    assert "both are paid" in asked.err
    code, found = recover(stopped, "--retry", "--yes")
    assert (code, len(found["ended"])) == (0, JOBS)
    done = stopped.run(stopped.prompts(JOBS), "--platform", "claude")
    assert (done.code, done.receipt["jobs"]) == (0, {"done": JOBS})
    assert done.receipt["attempts"] == {"absent": JOBS, "settled": JOBS}


def test_the_operator_writes_off_what_no_search_can_decide(stopped: Project) -> None:
    until(lambda: not any(item["may_arrive"] for item in recover(stopped)[1]["unknown"]))
    both = stopped.command("recover", "--retry", "--write-off")
    assert (both.code, "exclude each other" in both.err) == (2, True)
    code, found = recover(stopped, "--write-off", "--yes")
    assert (code, len(found["ended"]), found["unknown"]) == (0, JOBS, [])
    assert stopped.rows("SELECT state, reason, count(*) FROM jobs GROUP BY 1, 2") == [
        ("failed", "lost", JOBS)
    ]
    assert stopped.rows("SELECT reserved_nanos, float_nanos FROM runs") == [(0, 0)]
