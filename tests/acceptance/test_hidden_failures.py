"""A chunk whose reply is lost fails before anybody looks: its fees are found, or named on its run (P14)."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.acceptance.checker import check_nothing_doubled
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project
from tests.acceptance.provider import Provider

PROMPTS = 6
FEES = Decimal("0.0002") * PROMPTS
FAULTS = (
    "fault.task_post.reply_lost=1x",
    f"task_40101={PROMPTS}x",
    "standard_latency_s=0.1",
    "standard_latency_max_s=0.2",
    "id_list_calls_per_minute=600",
    "user_data_calls_per_minute=600",
)
OURS = {
    "SEND_WINDOW_S": "2",
    "CALL_DEADLINE_S": "2",
    "LIVE_LIMIT_S": "1",
    "ID_LIST_PER_MINUTE": "500",
    "USER_DATA_PER_MINUTE": "500",
    "RECOVER_MAX_S": "99999999",
}


def run(project: Project) -> dict[str, Any]:
    done = project.run(project.prompts(PROMPTS), "--platform", "gemini")
    assert (done.code, done.receipt["jobs"]) == (0, {"done": PROMPTS}), done.err
    return done.receipt


def check_against_the_provider(project: Project, provider: Provider, *, missing: Decimal) -> None:
    accounts = {name: Decimal(amount) for name, amount in project.ledger()["accounts"].items()}
    theirs = Decimal(provider.books()["nano_rounded"]["net"])
    assert -accounts["provider"] == theirs - missing - accounts["topup"]
    check_nothing_doubled(provider)


def test_the_list_of_errors_shows_them_and_their_fees_are_booked(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(*FAULTS)
    project = projects(provider, **OURS)
    found = run(project)
    assert found["attempts"] == {"failed": PROMPTS, "settled": PROMPTS}
    assert found["provider_says"] == [], "nobody looked at them by their own attempt"
    check_against_the_provider(project, provider, missing=Decimal(0))


def test_without_that_list_reconcile_names_their_fees_on_the_run(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(*FAULTS, "errors_listed=off")
    project = projects(provider, **OURS)
    found = run(project)
    assert found["attempts"] == {"absent": PROMPTS, "settled": PROMPTS}
    check_against_the_provider(project, provider, missing=FEES)
    named = json.loads(project.command("reconcile", "--wait", "--json").out)
    parts = {part["what"]: part for part in named["found"]}
    assert set(parts) <= {"topup", "hidden_failure", "rounding"}
    assert parts["hidden_failure"] == {
        "what": "hidden_failure", "amount": str(-FEES.normalize()), "count": PROMPTS
    }  # fmt: skip
    assert project.command("reconcile", "--book", "--wait").code == 0
    money = json.loads(project.command("receipt", found["run"], "--json").out)["money"]
    assert Decimal(money["unexplained"]) == FEES
    assert Decimal(money["net"]) == Decimal(found["money"]["net"]) + FEES
