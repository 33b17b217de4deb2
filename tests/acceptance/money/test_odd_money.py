"""Money as text, as null or told twice: what the real command books, against the provider's books (P23)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from tests.acceptance.checker import check_books, check_nothing_doubled
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Outcome, Project
from tests.acceptance.provider import Provider

PROMPTS = 30
LISTS = ("id_list_calls_per_minute=600", "user_data_calls_per_minute=600")
OURS = {"ID_LIST_PER_MINUTE": "500", "USER_DATA_PER_MINUTE": "500"}
BOTH = ("--platform", "chat_gpt", "--platform", "perplexity")


@pytest.mark.parametrize(
    "odd",
    [
        ("cost_text=1", "spent_text=1"),
        ("cost_null=1",),
        ("spent_null=1", "task_get_cost=base_plus_spent"),
        ("result_null=0.2", "date_odd=1"),
    ],
    ids=["in texts", "no costs", "no charges but costs", "results that come late, under odd dates"],
)
def test_both_books_agree_to_the_last_digit(
    odd: tuple[str, ...], providers: Providers, projects: Projects
) -> None:
    live = "result_null" not in odd[0]
    provider = providers(*odd)
    project = projects(provider)
    done = project.run(project.prompts(PROMPTS), *(BOTH if live else ()))
    assert done.code == 0, done.err
    check_books(project, provider, [done.receipt])


def test_what_is_accepted_without_an_id_is_found_and_paid_once(
    providers: Providers, projects: Projects
) -> None:
    provider = providers("id_null=0.2", "id_list_calls_per_minute=600")
    project = projects(provider, ID_LIST_PER_MINUTE="500")
    done = project.run(project.prompts(PROMPTS))
    assert done.code == 0, done.err
    assert len(provider.tasks()) == PROMPTS
    check_books(project, provider, [done.receipt])


def test_charges_that_nobody_tells_are_counted_held_and_settled_by_reconcile(
    providers: Providers, projects: Projects
) -> None:
    """Standard answers without a charge, Live answers with neither cost nor charge."""
    # The list shows what was taken at first for a Standard task and, as ever, no Live calls.
    provider = providers(
        *LISTS, "cost_null=1", "spent_null=1", "id_list_cost_updated=off", "live_in_id_list=off"
    )
    project = projects(provider, **OURS)
    done = project.run(project.prompts(PROMPTS), *BOTH)
    _check_unknown(project, done, 2 * PROMPTS)
    found = {part["what"]: part for part in _named(project)["found"]}
    assert set(found) <= {"topup", "unknown_charge", "rounding"}
    assert found["unknown_charge"]["count"] == 2 * PROMPTS
    _check_settled(project, provider, done.receipt["run"])


def test_charges_that_only_the_list_tells_are_settled_one_by_one(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(*LISTS, "cost_null=1", "spent_null=1")
    project = projects(provider, **OURS)
    done = project.run(project.prompts(PROMPTS), *BOTH)
    _check_unknown(project, done, 2 * PROMPTS)
    found = {part["what"]: part for part in _named(project)["found"]}
    assert found["listed_charge"]["count"] == 2 * PROMPTS
    _check_settled(project, provider, done.receipt["run"])
    ours = dict(
        project.rows(
            "SELECT attempt_id, -sum(provider_nanos) FROM ledger WHERE attempt_id IS NOT NULL GROUP BY 1"
        )
    )
    for task in provider.tasks():
        assert ours[task["tag"].rpartition(".")[2]] == Decimal(task["net_nano_rounded"]) * 10**9


def test_a_cap_counts_what_was_set_aside_for_charges_that_nobody_told(
    providers: Providers, projects: Projects
) -> None:
    """Taken for nothing, thirty answers would fit under the cap."""
    provider = providers("spent_null=1")
    project = projects(provider, RESERVE_USD="0.05")
    done = project.run(project.prompts(PROMPTS), "--max-cost", "0.5")
    assert done.code == 3, done.err
    assert len(provider.tasks()) == 10
    assert Decimal(done.receipt["unknown_money"]["held"]) == Decimal("0.5")
    assert Decimal(provider.books()["exact"]["net"]) <= Decimal("0.5")


def test_a_second_word_on_the_cost_that_differs_is_said(providers: Providers, projects: Projects) -> None:
    provider = providers("task_get_cost=base_plus_spent", "task_get_cost_off=0.25")
    project = projects(provider)
    done = project.run(project.prompts(4))
    assert done.receipt["cost_differences"] == {"tasks": 4, "amount": "1"}
    assert "second word" in " ".join(project.command("receipt", done.receipt["run"]).out.split())
    check_books(project, provider, [done.receipt])


def _check_unknown(project: Project, done: Outcome, count: int) -> None:
    receipt = done.receipt
    assert done.code == 4, done.err
    assert receipt["state"] == "finished"
    assert receipt["unknown_money"]["attempts"] == count
    assert Decimal(receipt["unknown_money"]["held"]) > 0
    assert Decimal(receipt["money"]["unexplained"]) > 0
    assert "the provider did not say" in " ".join(project.command("receipt", receipt["run"]).out.split())
    for line in project.results(receipt["run"]):
        assert (line["money_spent"], line["net"]) == (None, None)
        assert "what it cost" in line["note"]


def _check_settled(project: Project, provider: Provider, run_id: str) -> None:
    booked = project.command("reconcile", "--book", "--wait", "--json")
    assert booked.code == 0, booked.err
    receipt = json.loads(project.command("receipt", run_id, "--json").out)
    assert receipt["unknown_money"] == {"attempts": 0, "held": "0"}
    assert Decimal(receipt["money"]["unexplained"]) == 0
    theirs = Decimal(provider.books()["nano_rounded"]["net"])
    assert abs(Decimal(receipt["money"]["net"]) - theirs) <= Decimal("1e-7")
    ledger = project.ledger()
    assert ledger["sum"] == "0"
    assert Decimal(ledger["accounts"]["provider"]) == round(Decimal(provider.books()["balance"]), 9)
    assert project.rows("SELECT reserved_nanos, float_nanos FROM runs") == [(0, 0)]
    check_nothing_doubled(provider)


def _named(project: Project) -> dict[str, Any]:
    for options in ((), ("--wait",)):
        done = project.command("reconcile", "--json", *options)
        assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    assert found["state"] == "named", found
    return found
