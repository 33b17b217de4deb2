"""The command `results` as its user calls it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from promptrelay.database.database import Database
from promptrelay.domain.clock import SystemClock
from tests.acceptance.command_line import Said, call
from tests.integration.results.many_answers import RUN, answer_many
from tests.integration.sqlite_tables import sqlite_with_tables


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with a finished run of 1,500 rows, called `many`."""
    place = tmp_path_factory.mktemp("data")
    database = Database(sqlite_with_tables(place / "promptrelay.sqlite3"), SystemClock())
    answer_many(database, place / "answers", 1_500)
    database.close()
    return place


def results(data: Path, folder: Path, *arguments: object) -> Said:
    return call(["results", *arguments], folder=folder, environment={"DATA_DIR": str(data)})


def test_the_ending_of_the_name_says_the_format(data: Path, tmp_path: Path) -> None:
    for name, start in (
        ("a.csv", "job_id,"),
        ("a.jsonl", "{"),
        ("a.ndjson", "{"),
        ("a", "{"),
        ("A.CSV", "job_id,"),
    ):
        said = results(data, tmp_path, "many", "--out", name)
        assert (said.code, said.out) == (0, f"1500 lines written to {name}\n")
        assert (tmp_path / name).read_text("utf-8").startswith(start)
    assert results(data, tmp_path, "--format", "csv", "--out", "b.jsonl").code == 0
    assert (tmp_path / "b.jsonl").read_text("utf-8").startswith("job_id,")


def test_what_was_written_is_said_as_json(data: Path, tmp_path: Path) -> None:
    said = results(data, tmp_path, "--json", "--platform", "gemini", "--out", "none.jsonl")
    assert json.loads(said.out) == {"run": RUN, "lines": 0, "incomplete": 0, "out": "none.jsonl"}
    said = results(data, tmp_path, "--json")
    assert len(said.out.splitlines()) == json.loads(said.err)["lines"] == 1_500


def test_the_order_of_settling_is_taken_on_request(data: Path, tmp_path: Path) -> None:
    for order, first in (("input", "1"), ("settled", "1401")):
        said = results(data, tmp_path, "--order", order)
        assert json.loads(said.out.split("\n", 1)[0])["row_id"] == first


def test_a_reader_that_has_had_enough_ends_it_quietly(data: Path) -> None:
    command = [sys.executable, "-m", "promptrelay.cli.main", "results", "many"]
    environment = os.environ | {"PROMPTRELAY_DATA_DIR": str(data)}
    with subprocess.Popen(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert json.loads(process.stdout.readline())["run"] == RUN
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) == 0


def test_lost_answers_are_counted_and_the_way_back_is_named(
    data: Path, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    lost = sorted((data / "answers").rglob("*.zst"))[0]
    body = lost.read_bytes()
    request.addfinalizer(lambda: lost.write_bytes(body))
    lost.unlink()
    said = results(data, tmp_path, "--out", "a.jsonl", "--json")
    facts: dict[str, Any] = json.loads(said.out)
    problems = [json.loads(line).get("problem") for line in (tmp_path / "a.jsonl").open("rb")]
    assert said.code == 1
    assert facts["lines"] == 1_500
    assert facts["incomplete"] == sum(problem is not None for problem in problems) > 0
    assert said.err.startswith(f"promptrelay: the store has lost the answers of {facts['incomplete']} lines")
    assert f"`promptrelay refetch {RUN} --missing`" in said.err


ENDINGS = "use one of .jsonl, .ndjson, .csv, or name a --format"


@pytest.mark.parametrize(
    ("out", "code", "line"),
    [
        ("", 2, "--out '' names no file"),
        ("x/", 2, "--out 'x/' names no file"),
        (".", 2, ". is a directory; name a file in it"),
        ("nowhere/x", 2, "nowhere/x: there is no directory nowhere"),
        ("/etc/hosts/x", 2, "/etc/hosts/x: there is no directory /etc/hosts"),
        ("a" * 300, 2, f"{'a' * 80!r} can be no path"),
        ("/dev/full", 1, "/dev/full: cannot be written (No space left on device)"),
    ],
)
def test_a_place_that_takes_nothing_is_named(
    data: Path, tmp_path: Path, out: str, code: int, line: str
) -> None:
    said = results(data, tmp_path, "--out", out)
    assert (said.code, said.out, said.err) == (code, "", f"promptrelay: {line}\n")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("asked", "line"),
    [
        (("--format", "parquet"), "--format: there is no 'parquet'; there are jsonl and csv"),
        (
            ("--format", "parquet", "--out", "a.csv"),
            "--format: there is no 'parquet'; there are jsonl and csv",
        ),
        (("--out", "a.parquet"), f"--out: no format ends with .parquet; {ENDINGS}"),
        (("--out", "a.XLSX"), f"--out: no format ends with .xlsx; {ENDINGS}"),
        (("--out", "a.csv.gz"), f"--out: no format ends with .gz; {ENDINGS}"),
    ],
)
def test_a_format_that_is_not_there_names_those_that_are(
    data: Path, tmp_path: Path, asked: tuple[str, ...], line: str
) -> None:
    said = results(data, tmp_path, *asked)
    assert (said.code, said.err) == (2, f"promptrelay: {line} (see `promptrelay results --help`)\n")
    assert list(tmp_path.iterdir()) == []


def test_answers_go_into_no_file_that_somebody_else_put_there(data: Path, tmp_path: Path) -> None:
    """In a folder that others may write to, the part's name can be guessed."""
    victim, part = tmp_path / "victim", tmp_path / "a.jsonl.promptrelay-part"
    victim.write_text("theirs")
    for plant in (lambda: part.symlink_to(victim), lambda: part.hardlink_to(victim)):
        plant()
        said = results(data, tmp_path, "--out", "a.jsonl")
        assert (said.code, said.err) == (
            1,
            f"promptrelay: {part}: not a file of ours; find out who put it there, and delete it\n",
        )
        part.unlink()
    (tmp_path / "a.jsonl.promptrelay-part.json.new").symlink_to(victim)
    assert results(data, tmp_path, "--out", "a.jsonl").code == 0
    assert victim.read_text() == "theirs"
    assert stat.S_IMODE((tmp_path / "a.jsonl").stat().st_mode) == 0o600
