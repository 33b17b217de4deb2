"""A campaign of 3,200 answers against the account's real limits."""

from __future__ import annotations

from tests.acceptance.checker import check_books, check_limits
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import run_arguments, until

PROMPTS, LIVE_PROMPTS = 1_000, 200
STANDARD = ("chat_gpt", "claude", "gemini")
CALLS_PER_MINUTE = 2_000
POSTS, GETS = 30, 3_000
NEEDED_S = (POSTS + GETS) / CALLS_PER_MINUTE * 60


def test_3200_answers_arrive_as_fast_as_the_account_allows_with_exact_books(
    providers: Providers, projects: Projects
) -> None:
    # Live calls of some seconds, so that thirty at once can be seen.
    provider = providers("live_latency_s=1200", "live_latency_max_s=3600", "answer_kb_max=2", quick=False)
    project = projects(provider, quick=False)
    platforms = [part for platform in STANDARD for part in ("--platform", platform)]
    standard = project.start(*run_arguments(project.prompts(PROMPTS, "standard"), *platforms))
    until(lambda: project.rows("SELECT 1 FROM attempts"))
    live = project.start(
        *run_arguments(project.prompts(LIVE_PROMPTS, "live"), "--platform", "perplexity", "--method", "live")
    )
    ended = [project.end_of(standard), project.end_of(live)]
    receipts = [done.receipt for done in ended]
    ((took_s,),) = project.rows(
        "SELECT max(received_at) - min(created_at) FROM attempts WHERE method = 'standard'"
    )
    ((live_s,),) = project.rows(
        "SELECT max(received_at) - min(created_at) FROM attempts WHERE method = 'live'"
    )
    ((overlap_s,),) = project.rows(
        "SELECT max(CASE WHEN method = 'standard' THEN received_at END)"
        " - min(CASE WHEN method = 'live' THEN created_at END) FROM attempts"
    )
    seen = provider.counters()
    slots = seen["live"]["perplexity"]
    print(
        f"\n3,000 Standard answers: {took_s:.1f} s, the rate limit needs {NEEDED_S:.1f} s"
        f" ({took_s / NEEDED_S:.2f}); 200 Live answers: {live_s:.1f} s, overlapping by {overlap_s:.1f} s;"
        f" calls {seen['calls']}, at most {seen['max_calls_in_60_s']} in 60 s;"
        f" Live at once {slots['max_simultaneous']}, seconds {slots['seconds_at_or_above']}"
    )
    assert [done.code for done in ended] == [0, 0]
    assert [receipt["jobs"] for receipt in receipts] == [{"done": 3 * PROMPTS}, {"done": LIVE_PROMPTS}]
    check_books(project, provider, receipts)
    check_limits(provider, CALLS_PER_MINUTE)
    assert slots["seconds_at_or_above"]["25"] > 0
    assert overlap_s > 0, "the second command waited for the first one's stack to end"
    assert took_s <= 1.3 * NEEDED_S
    project.wait_until_gone()
