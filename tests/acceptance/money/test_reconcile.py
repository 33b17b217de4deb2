"""Our books against the provider's: each difference has a name, and is booked to the nano-dollar (P24)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import requests

from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, until
from tests.acceptance.provider import Provider

PROMPTS = 30
LISTS = ("id_list_calls_per_minute=600", "user_data_calls_per_minute=600")
OURS = {"ID_LIST_PER_MINUTE": "500", "USER_DATA_PER_MINUTE": "500"}
# What the stand-in lists late by default, in its own seconds, is there after a moment of ours.
TASK = {"user_prompt": "what somebody else asks", "model_name": "gpt-4o-mini"}


def test_another_spender_and_a_top_up_are_named_and_booked(providers: Providers, projects: Projects) -> None:
    provider = providers(*LISTS)
    project = projects(provider, **OURS)
    assert project.run(project.prompts(PROMPTS)).code == 0
    first = _named(project)
    assert [part["what"] for part in first["found"] if part["what"] != "rounding"] == ["topup"]
    assert first["found"][0]["amount"] == "100000"
    _booked(project, provider)

    requests.post(f"{provider.url}/admin/topup", json={"amount": "12.5"}, timeout=10).raise_for_status()
    _spend_elsewhere(provider, 3)
    named = _named(project)
    found = {part["what"]: part for part in named["found"]}
    theirs = _net_of_others(provider)
    assert found["topup"]["amount"] == "12.5"
    assert found["other_spender"] == {"what": "other_spender", "amount": _text(-theirs), "count": 3}
    assert set(found) <= {"topup", "other_spender", "rounding"}
    _booked(project, provider)
    accounts = project.ledger()["accounts"]
    rounding = Decimal(found.get("rounding", {"amount": "0"})["amount"])
    assert abs(Decimal(accounts["unexplained"]) - (theirs - rounding)) <= Decimal("1e-7")


@pytest.mark.parametrize(
    ("provider_does", "ours", "what"),
    [
        (("fee_refunded_on_failure=on", "task_40103=0.2"), {}, "fee_on_failure"),
        (("task_40103=0.2",), {"FEE_BACK_ON_FAILURE": "true"}, "fee_on_failure"),
    ],
    ids=["given back unexpectedly", "kept unexpectedly"],
)
def test_a_fee_that_is_not_as_the_settings_say_is_named(
    provider_does: tuple[str, ...],
    ours: dict[str, str],
    what: str,
    providers: Providers,
    projects: Projects,
) -> None:
    provider = providers(*LISTS, *provider_does)
    project = projects(provider, **OURS, **ours)
    done = project.run(project.prompts(PROMPTS))
    failed = done.receipt["attempts"]["failed"]
    found = {part["what"]: part for part in _named(project)["found"]}
    assert set(found) <= {"topup", what, "rounding"}
    assert found[what]["count"] == failed
    sign = 1 if "fee_refunded_on_failure=on" in provider_does else -1
    assert Decimal(found[what]["amount"]) == sign * failed * Decimal("0.0002")
    _booked(project, provider)


def test_nothing_is_booked_while_something_is_in_flight(providers: Providers, projects: Projects) -> None:
    provider = providers(*LISTS, "standard_latency_s=360000", "standard_latency_max_s=360000")
    project = projects(provider, **OURS)
    project.start("run", project.prompts(PROMPTS), "--yes", "--json")
    until(lambda: project.rows("SELECT count(*) FROM attempts WHERE state = 'sent'") == [(PROMPTS,)])
    moving = _read(project)
    assert moving["state"] == "moving"
    assert Decimal(moving["low"]) < Decimal(moving["high"])
    before = project.rows("SELECT count(*) FROM ledger")
    refused = project.command("reconcile", "--book", "--json")
    assert refused.code == 1
    assert "in flight" in refused.err
    assert project.rows("SELECT count(*) FROM ledger") == before


def _read(project: Project, *options: str) -> dict[str, Any]:
    done = project.command("reconcile", "--json", *options)
    assert done.code == 0, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def _named(project: Project) -> dict[str, Any]:
    first = _read(project)
    assert first["state"] == "once", first
    assert first["again_in_s"] > 0
    named = _read(project, "--wait")
    assert named["state"] == "named", named
    return named


def _booked(project: Project, provider: Provider) -> None:
    done = project.command("reconcile", "--book", "--wait", "--json")
    assert done.code == 0, done.err
    assert json.loads(done.out)["booked"] is True
    ledger = project.ledger()
    assert ledger["sum"] == "0"
    assert Decimal(ledger["accounts"]["provider"]) == round(Decimal(provider.books()["balance"]), 9)


def _spend_elsewhere(provider: Provider, count: int) -> None:
    """Tasks of somebody else on the same account, done and listed."""
    url = f"{provider.url}/v3/ai_optimization/chat_gpt/llm_responses/task_post"
    body = [{**TASK, "tag": f"other-{number}"} for number in range(count)]
    reply = requests.post(url, json=body, auth=("simulator", "simulator"), timeout=30)
    assert reply.json()["tasks_count"] == count
    until(lambda: len([t for t in _others(provider) if t["state"] == "done"]) == count, 30)


def _others(provider: Provider) -> list[dict[str, Any]]:
    return [task for task in provider.tasks() if (task["tag"] or "").startswith("other-")]


def _net_of_others(provider: Provider) -> Decimal:
    return sum((Decimal(task["net_nano_rounded"]) for task in _others(provider)), Decimal(0))


def _text(amount: Decimal) -> str:
    return format(amount.normalize(), "f")


def test_advances_that_came_back_without_a_word_settle_what_was_overdue(
    providers: Providers, projects: Projects
) -> None:
    # After its 72 hours a task still says that it waits, and is no longer listed: it was given up.
    provider = providers(*LISTS, "task_never=0.2", "standard_deadline_s=3000", "expired_code=40602")
    short = {"STANDARD_DEADLINE_S": "3000", "EXPIRY_GRACE_S": "600", "POLL_MAX_S": "1200"}
    project = projects(provider, **OURS, **short)
    done = project.run(project.prompts(PROMPTS))
    overdue = done.receipt["attempts"]["overdue"]
    held = Decimal("0.01") * overdue
    assert Decimal(done.receipt["money"]["held"]) == held
    found = {part["what"]: part for part in _named(project)["found"]}
    assert set(found) <= {"topup", "late_refund", "rounding"}
    assert found["late_refund"] == {"what": "late_refund", "amount": _text(held), "count": overdue}
    _booked(project, provider)
    assert project.ledger()["accounts"]["held"] == "0"
    assert project.rows("SELECT count(*) FROM attempts WHERE state = 'expired'") == [(overdue,)]
