"""An account that cannot go on: said once, waited for while that helps, and no cent and no answer lost."""

from __future__ import annotations

from typing import Any

import requests

from tests.acceptance.checker import check_books
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, run_arguments, until
from tests.acceptance.provider import Provider

QUICK = "user_data_calls_per_minute=1000"
OURS = {"USER_DATA_PER_MINUTE": "600"}


def _admin(provider: Provider, name: str, **body: Any) -> None:
    requests.post(f"{provider.url}/admin/{name}", json=body, timeout=30).raise_for_status()


def _cause(project: Project) -> list[Any]:
    return [cause for (cause,) in project.rows("SELECT cause FROM accounts")]


def _sent(project: Project) -> int:
    return sum(count for (count,) in project.rows("SELECT count(*) FROM attempts WHERE state = 'sent'"))


def test_a_run_waits_out_a_negative_balance_and_gets_every_answer_after_the_top_up(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(QUICK, "standard_latency_s=2400", "standard_latency_max_s=3000")
    project = projects(provider, **OURS)
    path = project.prompts(250)
    process = project.start(*run_arguments(path))
    until(lambda: _sent(project) >= 100, failure=lambda: str(project.states()))
    _admin(provider, "balance", amount="-20")
    until(lambda: _cause(project) == ["funds"], failure=lambda: str(project.states()))
    posts = provider.posts()
    # Everything the provider has taken is done by now, and kept back.
    until(lambda: all(task["state"] == "done" for task in provider.tasks()))
    assert process.poll() is None
    assert provider.posts() == posts
    _admin(provider, "topup", amount="100")
    done = project.end_of(process)
    assert done.code == 0, done.err
    assert done.receipt["jobs"] == {"done": 250}
    assert done.err.count("account default is paused: the balance is negative") == 1, done.err
    assert done.err.count("the provider account sends again") == 1
    check_books(project, provider, [done.receipt])
    log = (project.data / "logs" / "dispatcher.log").read_text()
    assert (log.count("account.paused"), log.count("account.resumed")) == (1, 1)


def test_a_run_ends_with_a_line_when_nothing_is_left_to_wait_for_and_goes_on_when_it_is_mended(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(QUICK, "account_code=40100")
    project = projects(provider, **OURS)
    path = project.prompts(20)
    refused = project.run(path)
    assert refused.code == 1, refused.err
    (line,) = (line for line in refused.err.splitlines() if line.startswith("promptrelay: "))
    for word in ("(40100)", "PROMPTRELAY_API_PASSWORD", "the same command again"):
        assert word in line
    assert refused.receipt["jobs"] == {"queued": 20}
    assert refused.receipt["account_note"]
    provider.change(account_code="none")
    capped = project.run(path, PROMPTRELAY_DAILY_CAP_USD="0.2")
    assert capped.code == 3, capped.err
    assert "the daily cap of $0.2 leaves no room" in capped.err
    assert 0 < capped.receipt["jobs"]["done"] < 20
    assert float(provider.books()["nano_rounded"]["net"]) <= 0.24
    done = project.run(path, PROMPTRELAY_DAILY_CAP_USD="5")
    assert done.code == 0, done.err
    assert done.receipt["jobs"] == {"done": 20}
    check_books(project, provider, [done.receipt])
