"""Replies get lost after charging, calls fail before and after: all answers arrive, nothing is paid twice."""

from __future__ import annotations

from tests.acceptance.checker import check_books
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project

PROMPTS = 150
PLATFORMS = ("chat_gpt", "claude", "gemini")
FAULTS = ("reply_lost=1x", "error_500_before=1x", "error_500_after=1x", "garbage=1x", "truncated=1x")
QUICK = {
    "SEND_WINDOW_S": "2",
    "CALL_DEADLINE_S": "2",
    "LIVE_LIMIT_S": "1",
    "ID_LIST_PER_MINUTE": "300",
    "RECOVER_MAX_S": "6000",
}


def test_all_answers_arrive_though_most_replies_are_lost(providers: Providers, projects: Projects) -> None:
    faults = [f"fault.task_post.{fault}" for fault in FAULTS]
    provider = providers(*faults, "id_list_calls_per_minute=600", "entry_missing=0.02")
    project = projects(provider, **QUICK)
    chosen = [part for platform in PLATFORMS for part in ("--platform", platform)]
    done = project.run(project.prompts(PROMPTS), *chosen)
    receipt = done.receipt
    assert done.code == 0, (receipt["attempts"], done.err)
    assert receipt["jobs"] == {"done": PROMPTS * len(PLATFORMS)}
    assert set(receipt["attempts"]) == {"settled", "absent"}
    assert receipt["recovery"]["absent"] == len(receipt["watched_attempts"]) == receipt["attempts"]["absent"]
    assert receipt["recovery"] | {"absent": 0} == dict.fromkeys(receipt["recovery"], 0) | {"waste": "0"}
    check_books(project, provider, [receipt])
    _check_found_once(project)
    project.wait_until_gone()


def _check_found_once(project: Project) -> None:
    """Every absent attempt has one replacement, and nothing else was sent again."""
    absent = project.rows("SELECT count(*) FROM attempts WHERE state = 'absent'")
    sent_again = project.rows(
        "SELECT count(*) FROM (SELECT 1 FROM attempts GROUP BY job_id HAVING count(*) = 2)"
    )
    most = project.rows("SELECT max(n) FROM (SELECT count(*) AS n FROM attempts GROUP BY job_id)")
    assert absent == sent_again
    assert most == [(2,)]
