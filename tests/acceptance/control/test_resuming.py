"""The same command again: what is there is kept, what is missing is sent, nothing is sent twice."""

from __future__ import annotations

import os
import random
import signal
import time

import pytest

from tests.acceptance.checker import check_books, check_limits, check_nothing_doubled
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, run_arguments, until
from tests.acceptance.provider import Provider

PLATFORMS = ("--platform", "chat_gpt", "--platform", "claude")
PROMPTS = 60
LONG_SEEDS = range(4, 20)


def test_a_finished_run_sends_nothing_again_and_again_starts_a_new_one(
    providers: Providers, projects: Projects
) -> None:
    provider = providers()
    project = projects(provider)
    path = project.prompts(PROMPTS)
    first = project.run(path, *PLATFORMS)
    assert first.code == 0, first.err
    calls = provider.counters()["calls"]
    same = project.run(path, *PLATFORMS)
    assert same.code == 0
    assert same.receipt == first.receipt
    assert "--again" in same.err
    assert provider.counters()["calls"] == calls
    new = project.run(path, *PLATFORMS, "--again")
    assert new.code == 0
    assert new.receipt["run"] != first.receipt["run"]
    check_books(project, provider, [first.receipt, new.receipt])
    assert len(provider.tasks()) == 4 * PROMPTS


@pytest.mark.parametrize("seed", range(4))
def test_a_command_killed_at_any_moment_is_resumed_without_paying_twice(
    seed: int, providers: Providers, projects: Projects
) -> None:
    _kill_and_resume(seed, providers, projects)


@pytest.mark.long
@pytest.mark.parametrize("seed", LONG_SEEDS)
def test_a_command_killed_at_any_of_many_moments_is_resumed_without_paying_twice(
    seed: int, providers: Providers, projects: Projects
) -> None:
    _kill_and_resume(seed, providers, projects)


def _kill_and_resume(seed: int, providers: Providers, projects: Projects) -> None:
    provider = providers()
    project = projects(provider)
    path = project.prompts(PROMPTS)
    after_s = random.Random(seed).uniform(0, 5)
    killed = project.start(*run_arguments(path, *PLATFORMS))
    until(lambda: project.rows("SELECT 1 FROM runs") or killed.poll() is not None)
    time.sleep(after_s)  # The moment is the seed's, wherever the run has got to by then.
    before = project.states()
    os.kill(killed.pid, signal.SIGKILL)
    killed.wait(10)
    project.wait_until_gone()
    print(f"seed {seed}: killed {after_s:.2f} s after the run began, at {before}")
    done = project.run(path, *PLATFORMS)
    check_nothing_doubled(provider)
    check_limits(provider)
    _check_outcome(project, provider, done.code, done.receipt)
    project.wait_until_gone()


def _check_outcome(
    project: Project, provider: Provider, code: int, receipt: dict[str, dict[str, int]]
) -> None:
    assert sum(receipt["jobs"].values()) == 2 * PROMPTS
    if receipt["attempts"].get("unknown"):
        assert code == 4
    else:
        assert code == 0, receipt
        assert receipt["jobs"] == {"done": 2 * PROMPTS}
        check_books(project, provider, [receipt])  # type: ignore[list-item]


def test_what_may_have_been_sent_is_found_and_not_sent_again(
    providers: Providers, projects: Projects
) -> None:
    provider = providers("fault.task_post.reply_lost=1x", "ready_lists=off")
    project = projects(provider)
    path = project.prompts(PROMPTS)
    done = project.run(path, "--platform", "chat_gpt")
    assert done.code == 0, done.err
    assert done.receipt["attempts"] == {"settled": PROMPTS}
    assert len(provider.tasks()) == PROMPTS
    check_nothing_doubled(provider)
    check_books(project, provider, [done.receipt])


def test_ctrl_c_drains_and_the_same_command_finishes(providers: Providers, projects: Projects) -> None:
    provider = providers("standard_latency_s=1800")
    project = projects(provider)
    path = project.prompts(PROMPTS)
    ended = project.start(*run_arguments(path, *PLATFORMS))
    until(lambda: project.rows("SELECT 1 FROM attempts WHERE state = 'sent'"))
    os.kill(ended.pid, signal.SIGINT)
    outcome = project.end_of(ended, 60)
    assert outcome.code not in (0, None)
    assert "Traceback" not in outcome.err
    project.wait_until_gone()
    assert not project.rows("SELECT 1 FROM attempts WHERE state IN ('sending', 'unknown')")
    done = project.run(path, *PLATFORMS)
    assert done.code == 0, done.err
    check_books(project, provider, [done.receipt])
    project.wait_until_gone()
