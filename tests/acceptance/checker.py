"""The check after every run: two sets of books, kept by two programs, must not differ by a nano-dollar."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from tests.acceptance.project import Project
from tests.acceptance.provider import Provider

LIVE_SLOTS = 30
TERMINAL = {"done", "failed", "cancelled"}


def check_books(project: Project, provider: Provider, receipts: Sequence[dict[str, Any]]) -> None:
    """Assert that all runs of this data directory are over, paid once, booked exactly, and delivered."""
    for receipt in receipts:
        assert set(receipt["jobs"]) <= TERMINAL, receipt
        assert receipt["state"] == "finished", receipt
        _check_money(receipt)
    _check_against_the_provider(project, provider, receipts)
    check_limits(provider)
    check_nothing_doubled(provider)
    _check_answers(project, provider, receipts)


def check_nothing_doubled(provider: Provider) -> None:
    """Assert that no job was taken while it was open, or after it had succeeded."""
    assert provider.counters()["doubled_jobs"] == []


def check_limits(provider: Provider, calls_per_minute: int | None = None) -> None:
    """Assert that the provider never had to refuse a call as one too many."""
    seen = provider.counters()
    assert seen["over_limit_total"] == 0, seen["over_limit"]
    if calls_per_minute is not None:
        assert seen["max_calls_in_60_s"] <= calls_per_minute
    for platform, slots in seen["live"].items():
        assert slots["max_simultaneous"] <= LIVE_SLOTS, platform
        assert slots["refused_40209"] == 0, platform


def _check_money(receipt: dict[str, Any]) -> None:
    money = {name: Decimal(amount) for name, amount in receipt["money"].items()}
    assert money["held"] == 0, receipt
    assert money["unexplained"] == 0, receipt
    assert money["net"] == money["charged"] - money["refunded"]
    assert money["net"] == money["spend"] + money["waste"]
    assert money["net"] == sum(Decimal(platform["net"]) for platform in receipt["platforms"].values())


def _check_against_the_provider(
    project: Project, provider: Provider, receipts: Sequence[dict[str, Any]]
) -> None:
    theirs = provider.books()["nano_rounded"]
    runs = sum((Decimal(receipt["money"]["net"]) for receipt in receipts), Decimal(0))
    # What a search bought is no run's.
    ours = runs + Decimal(project.ledger()["accounts"]["witness"])
    assert ours == Decimal(theirs["net"])
    assert Decimal(theirs["advances_out"]) == 0
    ledger = project.ledger()
    assert ledger["sum"] == "0"
    assert Decimal(ledger["accounts"]["held"]) == 0
    assert -Decimal(ledger["accounts"]["provider"]) == ours
    assert set(project.rows("SELECT reserved_nanos, float_nanos FROM runs")) == {(0, 0)}
    assert project.rows("SELECT count(*) FROM runs WHERE NOT witness") == [(len(receipts),)]


def _check_answers(project: Project, provider: Provider, receipts: Sequence[dict[str, Any]]) -> None:
    theirs = {task["id"]: task for task in provider.tasks()}
    for receipt in receipts:
        lines = project.results(receipt["run"])
        assert len(lines) == receipt["jobs"].get("done", 0)
        doubled = [job for job, count in Counter(line["job_id"] for line in lines).items() if count > 1]
        assert doubled == []
        for line in lines:
            task = theirs[line["provider_id"]]
            assert task["request"]["user_prompt"] == line["prompt"]
            assert line["text"] == _text(task["answer"]), line["job_id"]


def _text(entry: dict[str, Any]) -> str | None:
    """What the assistant said, read by these tests' own means."""
    messages = [item for item in (entry["result"] or [{}])[0].get("items") or [] if item["type"] == "message"]
    texts = [section["text"] for message in messages for section in message["sections"]]
    return "".join(texts) if texts else None
