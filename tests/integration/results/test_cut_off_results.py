"""An export that is cut off anywhere ends, when repeated, as if it had never been."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.answers.reader import AnswerReader
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.schema import jobs
from promptrelay.database.upgrade import upgrade
from promptrelay.domain.clock import SystemClock
from promptrelay.results import write as write_module
from promptrelay.results.errors import ResultsUnwritable
from promptrelay.results.order import Selection
from promptrelay.results.part_file import part_file
from promptrelay.results.write import Export, ResultOptions, Written
from tests.integration.results.many_answers import RUN, answer_many

ROWS = 2600


@pytest.fixture
def many(bench: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(write_module, "CHECKPOINT_LINES", 500)
    answer_many(bench.database, tmp_path / "answers", ROWS)
    return bench


class DiesAfter:
    """A reader whose process is gone after that many answers."""

    def __init__(self, reader: AnswerReader, answers: int) -> None:
        self.reader, self.left = reader, answers

    def read(self, *place: Any) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return self.reader.read(*place)


def export(bench: Any, out: Path, *, reader: Any = None, **options: Any) -> Written:
    return Export(bench.database, reader or bench.reader, RUN, ResultOptions(**options)).write(str(out))


def cut_off(bench: Any, out: Path, *, after: int, **options: Any) -> None:
    with pytest.raises(KeyboardInterrupt):
        export(bench, out, reader=DiesAfter(bench.reader, after), **options)
    assert not out.exists()


@pytest.mark.parametrize("order", ["input", "settled"])
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_a_cut_off_export_goes_on_and_ends_with_the_same_bytes(
    many: Any, tmp_path: Path, kind: Any, order: Any
) -> None:
    options = {"format": kind, "selection": Selection(order=order)}
    export(many, tmp_path / "whole", **options)
    out = tmp_path / "out"
    for after in (1300, 600, 700):
        cut_off(many, out, after=after, **options)
    reader = DiesAfter(many.reader, 10**9)
    written = export(many, out, reader=reader, **options)
    assert (written.lines, written.resumed_at) == (ROWS, 2000)
    assert 10**9 - reader.left == ROWS - 2000, "only the rest was read"
    assert out.read_bytes() == (tmp_path / "whole").read_bytes()
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith("out")} == {"out"}


def test_a_small_export_that_is_cut_off_leaves_nothing(many: Any, tmp_path: Path) -> None:
    cut_off(many, tmp_path / "out", after=100)
    assert not list(tmp_path.glob("out*"))


def test_other_options_start_anew(many: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cut_off(many, out, after=1700)
    assert export(many, out, raw=True).resumed_at == 0
    cut_off(many, tmp_path / "again", after=1700)
    assert export(many, tmp_path / "again").resumed_at == 1500


def test_a_run_that_moved_on_is_written_anew(many: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    cut_off(many, out, after=1700)
    with many.database.write() as connection:
        changed = {"state": "queued", "answered_by": None}
        connection.execute(sa.update(jobs).where(jobs.c.position == 1).values(changed))
    written = export(many, out)
    assert (written.resumed_at, written.lines) == (0, ROWS - 1)


@pytest.mark.parametrize("harm", ["a byte changed", "cut shorter", "gone", "checkpoint is no JSON"])
def test_what_is_no_longer_what_was_written_is_not_gone_on_with(many: Any, tmp_path: Path, harm: str) -> None:
    out = tmp_path / "out"
    cut_off(many, out, after=1700)
    part, note = tmp_path / "out.promptrelay-part", tmp_path / "out.promptrelay-part.json"
    if harm == "a byte changed":
        part.write_bytes(part.read_bytes().replace(b"question 7", b"question 8", 1))
    elif harm == "cut shorter":
        part.write_bytes(part.read_bytes()[:1000])
    elif harm == "gone":
        part.unlink()
    else:
        note.write_text("{")
    assert export(many, out).resumed_at == 0
    export(many, tmp_path / "whole")
    assert out.read_bytes() == (tmp_path / "whole").read_bytes()


def test_a_line_without_its_answer_is_never_gone_on_after(many: Any, tmp_path: Path) -> None:
    """The answer may be back by then."""
    out = tmp_path / "out"
    (segment,) = [p for p in (tmp_path / "answers").rglob("*.zst") if _holds(many, p, tmp_path)]
    body = segment.read_bytes()
    segment.unlink()
    many.reader = AnswerReader(many.store)
    with pytest.raises(KeyboardInterrupt):
        export(many, out, reader=DiesAfter(many.reader, 1700))
    segment.write_bytes(body)
    written = export(many, out)
    assert (written.resumed_at, written.incomplete, written.lines) == (0, 0, ROWS)


def _holds(bench: Any, segment: Path, tmp_path: Path) -> bool:
    first = json.loads(_first_line(bench, tmp_path))["attempt_id"]
    from promptrelay.answers.segment import decode_line, iter_raw

    return any(line.attempt_id == first for line in map(decode_line, iter_raw(segment.read_bytes())))


def _first_line(bench: Any, tmp_path: Path) -> str:
    export(bench, tmp_path / "for-its-first-line")
    return (tmp_path / "for-its-first-line").read_text().split("\n")[0]


def test_two_exports_to_one_place_do_not_mix(many: Any, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with part_file(out, identity="other"), pytest.raises(ResultsUnwritable, match="just now"):
        export(many, out)
    assert export(many, out).lines == ROWS


def test_killed_again_and_again_the_command_ends_with_the_same_bytes(tmp_path: Path) -> None:
    data = tmp_path / "data"
    data.mkdir()
    database = Database(sqlite_url(data / "promptrelay.sqlite3"), SystemClock())
    upgrade(database)
    answer_many(database, data / "answers", 5_000)
    database.close()
    assert _results(data, tmp_path / "whole.csv").wait(60) == 0
    out, kills = tmp_path / "out.csv", 0
    part = tmp_path / "out.csv.promptrelay-part.json"
    while not out.exists() and kills < 3:
        before = part.read_bytes() if part.exists() else b""
        process = _results(data, out)
        deadline = time.monotonic() + 30
        while process.poll() is None and (part.read_bytes() if part.exists() else b"") == before:
            assert time.monotonic() < deadline
            time.sleep(0.001)
        if process.poll() is None:
            os.kill(process.pid, signal.SIGKILL)
            kills += 1
        process.wait(10)
    assert kills >= 2, "it was never cut off"
    assert _results(data, out).wait(60) == 0
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


def _results(data: Path, out: Path) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "promptrelay.cli.main", "results", RUN[:12], "--out", str(out)]
    return subprocess.Popen(
        command, env=os.environ | {"PROMPTRELAY_DATA_DIR": str(data)}, stdout=subprocess.DEVNULL
    )
