"""The last replies of a campaign are lost, and nothing is left to be sent: a search buys its own witness."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from tests.acceptance.checker import check_limits, check_nothing_doubled
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project
from tests.acceptance.provider import Provider

PROMPTS = 30
NO_OTHER_END = {
    "SEND_WINDOW_S": "2",
    "CALL_DEADLINE_S": "2",
    "LIVE_LIMIT_S": "1",
    "ID_LIST_PER_MINUTE": "300",
    "RECOVER_MAX_S": "99999999",
}


def witnesses(project: Project) -> list[tuple[Any, ...]]:
    return project.rows(
        "SELECT attempts.state FROM attempts JOIN runs ON runs.id = attempts.run_id WHERE runs.witness"
    )


@pytest.mark.parametrize("fault", ["error_500_before", "lost_before", "hang_before"])
def test_a_run_whose_last_post_never_arrived_ends_with_every_answer(
    providers: Providers, projects: Projects, fault: str
) -> None:
    """Nothing of its only chunk was taken, so all of it is absent, sent again and done."""
    provider = providers(f"fault.task_post.{fault}=1x", "id_list_calls_per_minute=600")
    project = projects(provider, **NO_OTHER_END)
    done = project.run(project.prompts(PROMPTS), "--platform", "claude")
    receipt = done.receipt
    assert done.code == 0, (receipt["attempts"], done.err)
    assert receipt["jobs"] == {"done": PROMPTS}
    assert receipt["attempts"] == {"settled": PROMPTS, "absent": PROMPTS}
    assert receipt["witnesses"]["sent"] == 1
    check_nothing_doubled(provider)
    check_limits(provider)
    check_money(project, provider, receipt)
    check_hidden(project, receipt["run"])


def test_what_was_taken_before_the_bound_is_no_witness_and_one_is_bought(
    providers: Providers, projects: Projects
) -> None:
    """Of three chunks one was taken though its reply is lost, one never came, one came well."""
    provider = providers(
        "fault.task_post.reply_lost=1x", "fault.task_post.lost_before=1x", "id_list_calls_per_minute=600"
    )
    project = projects(provider, **NO_OTHER_END)
    done = project.run(project.prompts(250), "--platform", "chat_gpt")
    receipt = done.receipt
    assert done.code == 0, (receipt["attempts"], done.err)
    assert receipt["jobs"] == {"done": 250}
    absent = receipt["attempts"]["absent"]
    assert absent in (50, 100)
    assert receipt["attempts"] == {"settled": 250, "absent": absent}
    assert receipt["witnesses"]["sent"] == 1
    check_nothing_doubled(provider)
    check_money(project, provider, receipt)


def test_without_leave_to_buy_one_the_outcomes_stay_unknown(providers: Providers, projects: Projects) -> None:
    provider = providers("fault.task_post.error_500_before=1x", "id_list_calls_per_minute=600")
    project = projects(provider, BUY_WITNESS="false", **NO_OTHER_END)
    done = project.run(project.prompts(PROMPTS), "--platform", "claude")
    assert (done.code, done.receipt["attempts"]) == (4, {"unknown": PROMPTS})
    assert provider.posts() == 1
    assert witnesses(project) == []


def check_money(project: Project, provider: Provider, receipt: dict[str, Any]) -> None:
    """The run's money is the run's alone; with the witness's it is what the provider took."""
    project.command("status")
    money = {name: Decimal(amount) for name, amount in receipt["money"].items()}
    assert money["net"] == money["spend"] + money["waste"] + money["held"]
    accounts = {name: Decimal(amount) for name, amount in project.ledger()["accounts"].items()}
    assert sum(accounts.values()) == 0
    assert -accounts["provider"] == Decimal(provider.books()["nano_rounded"]["net"])
    assert -accounts["provider"] == money["net"] + accounts["witness"] + accounts["held"]


def check_hidden(project: Project, run_id: str) -> None:
    """The witness is no run of anybody's, but is told of by name."""
    assert len(witnesses(project)) == 1
    listed = project.command("runs", "--json").out
    assert listed.count('"run"') == 1
    assert run_id in project.command("receipt", "--json").out
    assert "witness was bought" in " ".join(project.command("receipt").out.split())
