"""A run's answers as lines: which, in which order, and to where."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from promptrelay.books.receipt import receipt
from promptrelay.results.errors import ResultsUnwritable
from promptrelay.results.order import Selection, pages
from promptrelay.results.record import FIELDS
from promptrelay.results.write import Export, ResultOptions, Written

SPENT = "0.029042400000000003"


def write(bench: Any, run_id: str, out: Path, **options: Any) -> Written:
    return Export(bench.database, bench.reader, run_id, ResultOptions(**options)).write(str(out))


def lines(bench: Any, run_id: str, out: Path, **options: Any) -> list[dict[str, Any]]:
    write(bench, run_id, out, **options)
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
    found = lines(bench, run, tmp_path / "out.jsonl", selection=Selection(all_rows=True))
    money = receipt(bench.database, run)["money"]
    for figure in ("net", "refunded"):
        assert str(sum(Decimal(line[figure]) for line in found)) == money[figure]


def test_all_adds_rows_without_an_answer_with_their_reason(bench: Any, run: str, tmp_path: Path) -> None:
    second = lines(bench, run, tmp_path / "out.jsonl", selection=Selection(all_rows=True))[1]
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
        write(bench, run, out, format="csv", raw_cells=raw_cells)
        found = list(csv.DictReader(io.StringIO(out.read_text(encoding="utf-8"), newline="")))
        assert found[0]["text"].startswith(start)
        assert json.loads(found[0]["citations"])[0]["url"] == "https://x.test/"
        assert [line["waste"] for line in found] == ["", "", "", "true"]


def test_a_lost_object_leaves_a_line_that_says_so(bench: Any, run: str, tmp_path: Path) -> None:
    page = next(pages(bench.database, run, Selection()))
    first = page.choices[0].tried
    assert first is not None
    assert first.task is not None
    bench.store.delete(first.task["segment"])
    out = tmp_path / "out.jsonl"
    written = write(bench, run, out)
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
        Export(bench.database, Dies(), run, ResultOptions()).write(str(out))  # type: ignore[arg-type]
    assert [path.name for path in out.parent.iterdir()] == ["out.jsonl"]
    assert out.read_text() == "old"


def test_a_place_that_is_not_there_is_named(bench: Any, run: str, tmp_path: Path) -> None:
    with pytest.raises(ResultsUnwritable, match="nowhere"):
        write(bench, run, tmp_path / "nowhere" / "x")


def test_small_pages_give_the_same_lines(bench: Any, run: str) -> None:
    wanted = Selection(all_rows=True)
    small = [page.choices for page in pages(bench.database, run, wanted, size=1)]
    (whole,) = (page.choices for page in pages(bench.database, run, wanted))
    assert [len(choices) for choices in small] == [1, 1, 1, 2]
    assert [choice for choices in small for choice in choices] == whole


def test_the_order_of_settling_has_the_same_lines_and_the_unanswered_at_the_end(
    bench: Any, run: str, tmp_path: Path
) -> None:
    by_input = lines(bench, run, tmp_path / "a.jsonl", selection=Selection(all_rows=True))
    settled = lines(bench, run, tmp_path / "b.jsonl", selection=Selection(all_rows=True, order="settled"))
    assert sorted(map(json.dumps, settled)) == sorted(map(json.dumps, by_input))
    times = [line["settled_at"] for line in settled if line["text"]]
    assert times == sorted(times)
    assert [line["row_id"] for line in settled] == ["1", "3", "4", "4", "2"]


@pytest.mark.parametrize("order", ["input", "settled"])
def test_every_page_can_be_gone_on_after(bench: Any, run: str, order: Any) -> None:
    wanted = Selection(all_rows=True, order=order)
    whole = [choice for page in pages(bench.database, run, wanted) for choice in page.choices]
    cursors = [None, *(page.cursor for page in pages(bench.database, run, wanted, size=1))]
    seen = 0
    for cursor in cursors:
        kept = None if cursor is None else json.loads(json.dumps(cursor))
        rest = [choice for page in pages(bench.database, run, wanted, after=kept) for choice in page.choices]
        assert rest == whole[len(whole) - len(rest) :]
        seen += len(rest)
    assert rest == []
    assert seen > len(whole)


def test_other_platforms_are_left_out(bench: Any, run: str, tmp_path: Path) -> None:
    for order in ("input", "settled"):
        none, all_of_it = (
            lines(
                bench,
                run,
                tmp_path / "out.jsonl",
                selection=Selection(order=order, platforms=(platform,), all_rows=True),
            )
            for platform in ("gemini", "chat_gpt")
        )
        assert (len(none), len(all_of_it)) == (0, 5)


def test_what_is_no_file_is_written_straight_and_stays(bench: Any, run: str, tmp_path: Path) -> None:
    link = tmp_path / "link.jsonl"
    (tmp_path / "real.jsonl").write_text("old")
    link.symlink_to(tmp_path / "real.jsonl")
    assert write(bench, run, link).lines == 4
    assert link.is_symlink()
    assert len((tmp_path / "real.jsonl").read_text().split("\n")) == 5
    assert write(bench, run, Path("/dev/null")).lines == 4
    assert Path("/dev/null").is_char_device()


def test_a_directory_is_no_place_for_results(bench: Any, run: str, tmp_path: Path) -> None:
    with pytest.raises(ResultsUnwritable, match="is a directory; name a file in it"):
        write(bench, run, tmp_path)


def test_lines_have_the_names_that_other_tools_rely_on() -> None:
    names = (
        "job_id attempt_id provider_id row_id user_tag campaign run platform method model_requested model "
        "repeat prompt variables text reasoning citations fan_out_queries web_search_asked web_search "
        "input_tokens output_tokens reasoning_tokens fee money_spent refunded net status_code "
        "provider_datetime provider_time posted_at received_at settled_at"
    )
    assert tuple(names.split()) == FIELDS
