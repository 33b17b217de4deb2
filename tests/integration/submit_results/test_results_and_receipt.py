"""What a run gave and cost, as its user reads it."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from producers.campaign import CampaignSpec
from producers.submit import submit
from promptrelay.books.progress import progress
from promptrelay.books.receipt import receipt
from promptrelay.books.totals import totals
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.results.errors import ResultsUnwritable
from promptrelay.results.record import FIELDS
from promptrelay.results.rows import pages
from promptrelay.results.write import ResultOptions, write_results

SPENT = "0.029042400000000003"


@pytest.fixture
def run(bench: Any, prompts: Callable[..., Path], spec: Callable[..., CampaignSpec]) -> str:
    """Rows a, b, a, c for ChatGPT: a answered, b failed, c answered twice (the second is a late twin)."""
    wanted = spec(platforms=(Platform.CHAT_GPT,), max_cost=Usd.of("0.05"))
    done = submit(bench.database, wanted, prompts("prompt,city\na,Rome\nb,\na,Oslo\nc,\n"))
    a, b, c = bench.jobs(done.run_id)
    for job, text in ((a, "=A\u2028"), (c, "C")):
        attempt = bench.send(job)
        bench.accept(attempt)
        bench.answer(job, attempt, text=text, spent=SPENT)
    failing = bench.send(b)
    bench.accept(failing)
    bench.fail(failing)
    twin = bench.send(c, state="late")
    bench.accept(twin)
    bench.answer(c, twin, text="C again", spent="0.005")
    return done.run_id


def lines(bench: Any, run_id: str, out: Path, **options: Any) -> list[dict[str, Any]]:
    write_results(bench.database, bench.reader, run_id, str(out), ResultOptions(**options))
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]


def test_lines_come_in_input_order_with_the_late_twin_after_its_line(
    bench: Any, run: str, tmp_path: Path
) -> None:
    found = lines(bench, run, tmp_path / "out.jsonl")
    assert [(line["row_id"], line["text"], line.get("waste")) for line in found] == [
        ("1", "=A\u2028", None),
        ("3", "=A\u2028", None),
        ("4", "C", None),
        ("4", "C again", True),
    ]
    first = found[0]
    assert tuple(first) == FIELDS
    assert (first["fee"], first["money_spent"], first["net"]) == ("0.0002", "0.0290424", "0.0292424")
    assert (first["model"], first["model_requested"], first["variables"]) == (
        "dated-model",
        "gpt",
        {"city": "Rome"},
    )
    assert (first["provider_datetime"], first["provider_time"]) == ("2026-01-02T03:04:05.000Z", "1.5 sec.")
    assert first["received_at"] == "2023-11-14T22:13:20.000Z"
    assert found[3]["money_spent"] == "0.005"


def test_lines_and_failed_attempts_add_up_to_the_receipt(bench: Any, run: str, tmp_path: Path) -> None:
    found = lines(bench, run, tmp_path / "out.jsonl", all_rows=True)
    together = sum(Decimal(line["net"]) for line in found)
    assert str(together) == receipt(bench.database, run)["money"]["net"]


def test_all_adds_rows_without_an_answer_with_their_reason(bench: Any, run: str, tmp_path: Path) -> None:
    second = lines(bench, run, tmp_path / "out.jsonl", all_rows=True)[1]
    assert (second["row_id"], second["text"], second["state"], second["reason"]) == (
        "2",
        None,
        "failed",
        "failed",
    )


def test_raw_adds_the_task_object_with_its_money_as_it_was_written(
    bench: Any, run: str, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    lines(bench, run, out, raw=True)
    assert f'"money_spent": {SPENT}' in out.read_text()


def test_a_spreadsheet_is_given_no_formula_unless_asked(bench: Any, run: str, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    for raw_cells, start in ((False, "'=A"), (True, "=A")):
        options = ResultOptions(format="csv", raw_cells=raw_cells)
        write_results(bench.database, bench.reader, run, str(out), options)
        found = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"), newline="")))
        assert found[0]["text"].startswith(start)
        assert json.loads(found[0]["citations"])[0]["url"] == "https://x.test/"
        assert [line["waste"] for line in found] == ["", "", "", "true"]


def test_a_lost_object_leaves_a_line_that_says_so(bench: Any, run: str, tmp_path: Path) -> None:
    first = next(delivery for page in pages(bench.database, run) for delivery in page)
    assert first.answered is not None
    assert first.answered.task is not None
    bench.store.delete(first.answered.task["segment"])
    out = tmp_path / "out.jsonl"
    written = write_results(bench.database, bench.reader, run, str(out), ResultOptions())
    assert (written.lines, written.incomplete) == (4, 2)
    assert json.loads(out.read_text().split("\n")[0])["problem"].startswith("missing")


def test_an_interrupted_export_leaves_the_old_file(bench: Any, run: str, tmp_path: Path) -> None:
    out = tmp_path / "exports" / "out.jsonl"
    out.parent.mkdir()
    out.write_text("old")

    class Dies:
        def read(self, *_: Any) -> bytes:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_results(bench.database, Dies(), run, str(out), ResultOptions())  # type: ignore[arg-type]
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]
    assert out.read_text() == "old"


def test_a_place_that_is_not_there_is_named(bench: Any, run: str, tmp_path: Path) -> None:
    with pytest.raises(ResultsUnwritable, match="nowhere"):
        write_results(bench.database, bench.reader, run, str(tmp_path / "nowhere" / "x"), ResultOptions())


def test_small_pages_give_the_same_lines(bench: Any, run: str) -> None:
    small = [d.row["row_no"] for page in pages(bench.database, run, page_rows=1) for d in page]
    assert small == [1, 2, 3, 4]


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
