"""What the contract leaves open, both ways: the books agree and the answers arrive whichever it is."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from tests.acceptance.checker import check_books
from tests.acceptance.conftest import Projects, Providers

STANDARD = ("chat_gpt", "claude", "gemini")
PROMPTS = 100


@dataclass(frozen=True)
class Variant:
    """One reading of the contract, and our setting that goes with it."""

    name: str
    provider: tuple[str, ...]
    ours: dict[str, str] = field(default_factory=dict)
    platforms: tuple[str, ...] = STANDARD
    fails: bool = False


SHORT_LIFE = {"STANDARD_DEADLINE_S": "3000", "EXPIRY_GRACE_S": "600", "POLL_MAX_S": "1200"}
VARIANTS = [
    Variant(
        "the fee comes back on failure",
        ("fee_refunded_on_failure=on", "task_40103=0.1"),
        {"FEE_BACK_ON_FAILURE": "true"},
        fails=True,
    ),
    Variant("the fee stays on failure", ("task_40103=0.1",), fails=True),
    Variant(
        "the fee comes back at expiry",
        ("fee_refunded_at_expiry=on", "task_never=0.05", "standard_deadline_s=3000"),
        {"FEE_BACK_AT_EXPIRY": "true", **SHORT_LIFE},
        fails=True,
    ),
    Variant(
        "the fee stays at expiry",
        ("task_never=0.05", "standard_deadline_s=3000"),
        SHORT_LIFE,
        fails=True,
    ),
    Variant("task_get names a cost", ("task_get_cost=base_plus_spent",)),
    Variant("replies come in any order", ("reply_order=shuffled",)),
    Variant("refusals name no tag", ("tag_echoed_in_errors=off", "entry_50301=0.1")),
    Variant("live calls are listed", ("live_in_id_list=on",), platforms=("perplexity",)),
    Variant("live calls are not listed", ("live_in_id_list=off",), platforms=("perplexity",)),
    Variant("nothing is ever ready", ("ready_lists=off",), {"POLL_FIRST_S": "300"}),
    Variant("nothing is polled", (), {"POLLING": "false"}),
    Variant("failures are listed", ("failed_in_ready=on", "task_40101=0.1"), fails=True),
    Variant("failures are not listed", ("failed_in_ready=off", "task_40101=0.1"), fails=True),
]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name.replace(" ", "_"))
def test_books_agree_and_answers_arrive_when(
    variant: Variant, providers: Providers, projects: Projects
) -> None:
    provider = providers(*variant.provider)
    project = projects(provider, **variant.ours)
    chosen = [part for platform in variant.platforms for part in ("--platform", platform)]
    method = ["--method", "auto"] if variant.platforms == ("perplexity",) else []
    done = project.run(project.prompts(PROMPTS), *chosen, *method)
    receipt = done.receipt
    print(variant.name, receipt["jobs"], receipt["attempts"], receipt["money"])
    assert sum(receipt["jobs"].values()) == PROMPTS * len(variant.platforms)
    check_books(project, provider, [receipt])
    failed = receipt["jobs"].get("failed", 0)
    assert done.code == (4 if failed else 0), done.err
    if not variant.fails:
        assert failed == 0
    assert variant.fails == bool({"failed", "expired"} & set(receipt["attempts"]))
    project.wait_until_gone()
