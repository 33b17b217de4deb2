"""What a run gave and cost, as its user reads it."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from producers.submit.submit import submit
from promptrelay.books.progress import progress
from promptrelay.books.receipt import receipt
from promptrelay.books.totals import totals


def test_the_receipt_accounts_for_every_cent(bench: Any, run: str) -> None:
    found = receipt(bench.database, run, results_url="file:///answers")
    money = {name: Decimal(amount) for name, amount in found["money"].items()}
    assert money["net"] == money["charged"] - money["refunded"]
    assert money["net"] == money["spend"] + money["waste"] + money["held"]
    assert (money["waste"], money["refunded"]) == (Decimal("0.0052"), Decimal("0.015"))
    assert found["jobs"] == {"done": 2, "failed": 1}
    assert found["attempts"] == {"failed": 1, "settled": 3}
    assert found["reasons"] == {"failed": 1}
    assert found["platforms"]["chat_gpt"] == {
        "jobs": 3,
        "answers": 2,
        "net": found["money"]["net"],
        "methods": ["standard"],
        "results": {"done": 2, "failed": 1},
    }
    assert Decimal(found["overspend"]) == money["net"] - Decimal("0.05")
    json.dumps(found)


def test_the_ledger_sums_to_zero_and_matches_the_receipt(bench: Any, run: str) -> None:
    found = totals(bench.database)
    assert found["sum"] == "0"
    assert found["accounts"]["provider"] == f"-{receipt(bench.database, run)['money']['net']}"


def test_an_unknown_attempt_is_named(bench: Any, prompts: Any, spec: Any) -> None:
    done = submit(bench.database, spec(), prompts("prompt\nz\n"))
    live = bench.jobs(done.run_id)[1]
    attempt = bench.send(live, state="unknown")
    (named,) = receipt(bench.database, done.run_id)["unknown_attempts"]
    assert (named["attempt"], named["job"], named["age_s"] > 0) == (attempt, live["id"], True)
    seen = progress(bench.database, done.run_id)
    assert (seen.total, seen.answers, seen.live_in_flight) == (2, 0, {"perplexity": 1})


def test_progress_has_the_receipts_money(bench: Any, run: str) -> None:
    seen = progress(bench.database, run)
    assert str(seen.net) == receipt(bench.database, run)["money"]["net"]
    assert (seen.ended, seen.total) == (3, 3)
