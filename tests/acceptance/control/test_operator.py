"""An operator's word from another terminal, while the real command works."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.acceptance.checker import check_books, check_nothing_doubled
from tests.acceptance.conftest import Projects, Providers
from tests.acceptance.project import Project, run_arguments, until
from tests.acceptance.provider import Provider

MAY_BEGIN_S = 2.0
"""How long after `pause` returned a sending may still begin."""
SLOW = ("live_latency_s=600", "live_latency_max_s=1200")
"""A second a Live call, so that a run of 30 at once is long enough to be stopped on its way."""
PROMPTS = 150


def _said(project: Project, *arguments: object, code: int = 0) -> dict[str, Any]:
    done = project.command(*arguments, "--json")
    assert done.code == code, done.err
    found: dict[str, Any] = json.loads(done.out)
    return found


def _sending(project: Project, path: Path) -> Any:
    """The run command on its way, with some answers in and most prompts still to be sent."""
    process = project.start(*run_arguments(path, "--platform", "perplexity"))
    until(
        lambda: project.rows("SELECT 1 FROM attempts WHERE state = 'settled'") or process.poll() is not None
    )
    assert process.poll() is None, project.end_of(process).err
    return process


def _count(project: Project, where: str) -> int:
    return int(project.rows(f"SELECT count(*) FROM {where}")[0][0])


def _all_collected(project: Project) -> bool:
    return _count(project, "attempts WHERE state IN ('sending', 'sent')") == 0


def _last_sending(provider: Provider) -> float:
    return max(float(task["posted_at"]) for task in provider.tasks())


def test_pausing_stops_sending_within_two_seconds_and_the_command_waits_for_resume(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(*SLOW)
    project = projects(provider)
    path, other = project.prompts(PROMPTS), project.prompts(10, "other")
    working = _sending(project, path)
    paused = _said(project, "pause", "prompts")
    paused_at = time.time()
    assert (paused["state"], paused["changed"]) == ("paused", True)
    until(lambda: _all_collected(project) and time.time() > paused_at + MAY_BEGIN_S + 1.0)
    print(f"last sending began {_last_sending(provider) - paused_at:.2f} s after pause returned")
    assert _last_sending(provider) <= paused_at + MAY_BEGIN_S
    sent = len(provider.tasks())
    assert 0 < sent < PROMPTS
    assert _count(project, "jobs WHERE state = 'done'") == sent
    assert working.poll() is None

    _said(project, "pause", "--all")
    _said(project, "submit", other, "--platform", "perplexity")
    assert _said(project, "status", "prompts")["reason"] == "paused by the operator"
    waiting = project.start(*run_arguments(other, "--platform", "perplexity"))
    until(lambda: "promptrelay resume --all" in project.text_of(waiting))
    assert len(provider.tasks()) == sent
    again = project.start(*run_arguments(path, "--platform", "perplexity"))
    until(lambda: "this waits for: promptrelay resume" in project.text_of(again))
    assert len(provider.tasks()) == sent

    assert _said(project, "resume", "--all")["accounts"] == ["default"]
    done = [project.end_of(process) for process in (working, waiting, again)]
    assert [outcome.code for outcome in done] == [0, 0, 0], done
    assert "this waits for: promptrelay resume" in done[0].err
    assert done[0].receipt["jobs"] == {"done": PROMPTS}
    check_books(project, provider, [done[0].receipt, done[1].receipt])
    listed = {row["campaign"]: row for row in _said(project, "runs")["runs"]}
    assert {name: (row["state"], row["done"]) for name, row in listed.items()} == {
        "prompts": ("finished", PROMPTS),
        "other": ("finished", 10),
    }
    assert listed["prompts"]["net"] == done[0].receipt["money"]["net"]
    project.wait_until_gone()


def test_a_cancelled_run_collects_what_it_sent_and_its_purged_answers_leave_the_books(
    providers: Providers, projects: Projects
) -> None:
    provider = providers(*SLOW)
    project = projects(provider)
    path = project.prompts(PROMPTS)
    working = _sending(project, path)
    asked = project.command("cancel", "prompts")
    assert asked.code == 2
    assert "--yes" in asked.err
    cancelled = _said(project, "cancel", "prompts", "--yes")
    cancelled_at = time.time()
    assert (cancelled["state"], cancelled["changed"]) == ("cancelled", True)
    done = project.end_of(working)
    assert done.code == 4, done.err
    sent = len(provider.tasks())
    assert done.receipt["state"] == "cancelled"
    assert done.receipt["jobs"] == {"cancelled": PROMPTS - sent, "done": sent}
    assert 0 < sent < PROMPTS
    assert _last_sending(provider) <= cancelled_at + MAY_BEGIN_S
    money = done.receipt["money"]
    assert (money["held"], money["waste"]) == ("0", "0")
    assert Decimal(money["net"]) == Decimal(provider.books()["nano_rounded"]["net"])
    check_nothing_doubled(provider)
    run_id = done.receipt["run"]
    assert len(project.results(run_id)) == sent
    assert project.rows("SELECT 1 FROM runs WHERE manifest IS NOT NULL AND reserved_nanos = 0")

    same = project.run(path, "--platform", "perplexity")
    assert same.code == 4
    assert same.receipt["jobs"] == done.receipt["jobs"]
    assert "--again" in same.err
    for command in (("resume", "prompts"), ("retry", "prompts", "--yes")):
        assert project.command(*command).code == 2
    assert _said(project, "cancel", "prompts")["changed"] is False

    ledger = project.ledger()
    assert _said(project, "purge", "prompts", "--dry-run")["runs"] == [run_id]
    assert _said(project, "purge", "prompts", "--yes")["purged"] == [run_id]
    gone = project.command("results", run_id)
    assert (gone.code, gone.out) == (2, "")
    assert "purged" in gone.err
    assert project.ledger() == ledger
    receipt = _said(project, "receipt", run_id)
    assert receipt["purged_at"] is not None
    assert (receipt["jobs"], receipt["money"]) == (done.receipt["jobs"], money)
    assert not [file for file in (project.data / "answers").rglob("*") if file.is_file()]
    assert project.rows("SELECT count(*) FROM rows") == [(0,)]
    assert len(provider.tasks()) == sent


def test_retry_pays_again_once_and_lost_answers_come_back_for_nothing(
    providers: Providers, projects: Projects
) -> None:
    failing, prompts = 5, 40
    provider = providers(f"task_40101={failing}x")
    project = projects(provider, MAX_ATTEMPTS="1")
    path = project.prompts(prompts)
    first = project.run(path, "--platform", "chat_gpt")
    assert first.code == 4, first.err
    assert first.receipt["jobs"] == {"done": prompts - failing, "failed": failing}
    failed = _said(project, "jobs", "prompts", "--state", "failed")["jobs"]
    assert [job["reason"] for job in failed] == ["failed"] * failing
    unasked = project.command("retry", "prompts")
    assert unasked.code == 2
    assert "paid so far  5 sendings" in unasked.out
    assert _count(project, "jobs WHERE state = 'failed'") == failing
    assert _said(project, "retry", "prompts", "--reason", "expired", "--yes")["retried"] == 0
    offer = _said(project, "retry", "prompts", "--yes")
    assert (offer["retried"], offer["reasons"]) == (failing, {"failed": failing})
    paid = sum((Decimal(job["net"]) for job in failed), Decimal(0))
    assert offer["paid_before"]["attempts"] == failing
    assert Decimal(offer["paid_before"]["net"]) == paid > 0
    assert 0 < Decimal(offer["expected"]["p50"]) < Decimal(offer["expected"]["p90"])
    assert _said(project, "retry", "prompts", "--yes")["retried"] == 0
    done = project.run(path, "--platform", "chat_gpt")
    assert done.code == 0, done.err
    assert done.receipt["run"] == first.receipt["run"]
    assert done.receipt["jobs"] == {"done": prompts}
    assert len(provider.tasks()) == prompts + failing
    check_books(project, provider, [done.receipt])

    said = _said(project, "balance")
    assert said["asked"] is True
    assert abs(Decimal(said["balance"]) - Decimal(provider.books()["balance"])) < Decimal("0.000000001")
    assert said["ledger"]["provider"] == "-" + done.receipt["money"]["net"]
    run_id = done.receipt["run"]
    whole = project.results(run_id)
    for file in (project.data / "answers" / "segments").rglob("*.zst"):
        file.unlink()
    broken = project.command("results", run_id, "--out", project.folder / "broken.jsonl")
    assert f"promptrelay refetch {run_id}" in broken.err
    assert str(prompts) in broken.err
    books = provider.books()
    back = _said(project, "refetch", run_id, "--missing")
    assert (len(back["fetched"]), back["failed"]) == (prompts, {})
    assert project.results(run_id) == whole
    assert provider.books() == books
    assert _said(project, "refetch", run_id)["fine"] == prompts
    provider.change(kept_for_s=0.001)
    for file in (project.data / "answers" / "segments").rglob("*.zst"):
        file.unlink()
    assert len(_said(project, "refetch", run_id, code=4)["failed"]) == prompts


def test_what_an_operator_may_get_wrong_gets_one_line_that_helps(
    providers: Providers, projects: Projects
) -> None:
    provider = providers()
    project = projects(provider)
    path = project.prompts(3)
    done = project.run(path, "--platform", "chat_gpt", "--max-cost", "1")
    assert done.code == 0, done.err
    run_id = done.receipt["run"]
    mistakes = {
        ("pause",): "--all",
        ("pause", "prompts", "--all"): "--all",
        ("pause", "nothing"): "nothing",
        ("pause", "prompts"): "finished",
        ("resume", "prompts"): "finished",
        ("resume", "--all", "--max-cost", "3"): "name the run",
        ("resume", "prompts", "--max-cost", "much"): "12.50",
        ("cancel", "prompts", "--yes"): "finished",
        ("retry", "nothing"): "nothing",
        ("purge",): "--older-than",
        ("purge", "--older-than", "soon"): "90d",
        ("refetch", "prompts", "--provider-id", "x"): "--provider-id",
    }
    for arguments, word in mistakes.items():
        wrong = project.command(*arguments)
        assert wrong.code == 2, (arguments, wrong)
        assert len(wrong.err.strip().splitlines()) == 1, wrong.err
        assert word in wrong.err, wrong.err
    stranger = _said(project, "refetch", "--provider-id", "nobodys", code=4)
    assert "nobodys" in stranger["failed"]
    assert _said(project, "receipt", run_id)["state"] == "finished"
    offline = {"PROMPTRELAY_API_LOGIN": "", "PROMPTRELAY_API_PASSWORD": ""}
    known = json.loads(project.command("balance", "--json", **offline).out)
    assert known["asked"] is False
    assert known["balance"] is not None
    assert known["balance_age_s"] >= 0
