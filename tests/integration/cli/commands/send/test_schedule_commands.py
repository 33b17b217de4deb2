"""The schedule commands as their user sees them, with what a dispatcher makes of it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from config.settings import Settings
from producers.schedules.tick import Firing
from promptrelay.cli.calendar import calendar_of
from promptrelay.cli.command_group import command_group
from promptrelay.cli.failures import one_line
from promptrelay.cli.options.campaign import spec_reader
from promptrelay.database.database import Database
from promptrelay.database.schema import runs
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.clock import SystemClock
from promptrelay.wiring import database_url
from tests.acceptance.days import Days
from tests.integration.producers.schedules.scene import BERLIN, AtOnce

YAML = """
name: shoes
prompts: [one, two, three]
platforms: [chat_gpt]
schedule: {cron: "0 7 * * *", zone: Europe/Berlin, monthly_cap: 20}
"""


@dataclass
class Desk:
    """The command in a folder with a campaign, and days that a test moves."""

    folder: Path
    days: Days

    def call(self, *words: object) -> tuple[int, str, str]:
        done = CliRunner().invoke(command_group(), list(map(str, words)), prog_name="promptrelay")
        told = None if done.exception is None else one_line(done.exception)  # type: ignore[arg-type]
        if told is not None:
            return told[1], done.stdout, f"{done.stderr}{told[0]}"
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr

    def json(self, *words: object) -> Any:
        code, out, err = self.call(*words, "--json")
        assert code == 0, err
        return json.loads(out)

    def add(self, *words: object) -> Any:
        return self.json("schedule", "add", self.folder / "c.yaml", "--yes", *words)

    def tick(self, times: int = 2) -> None:
        settings = Settings(_env_file=None)
        database = Database(database_url(settings), SystemClock())
        firing = Firing(
            account="default",
            database=database,
            calendar=calendar_of(settings),
            read_spec=spec_reader(settings),
            limits=AccountTerms(),
            threads=AtOnce(),
            clock=SystemClock(),
            grace_s=3_600.0,
        )
        for _ in range(times):
            firing.tick()
        database.close()

    def spend(self, nanos: int) -> None:
        database = Database(database_url(Settings(_env_file=None)), SystemClock())
        with database.write() as connection:
            connection.execute(sa.update(runs).values(state="finished", spent_nanos=nanos))
        database.close()


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Desk:
    days = Days(tmp_path / "calendar", BERLIN)
    days.begin("2026-03-27 12:00")
    for name, value in {"DATA_DIR": tmp_path / "data", "CALENDAR_FILE": days.path, "TESTING": "1"}.items():
        monkeypatch.setenv(f"PROMPTRELAY_{name}", str(value))
    (tmp_path / "c.yaml").write_text(YAML)
    return Desk(tmp_path, days)


def test_add_shows_times_and_cost_before_it_asks(desk: Desk) -> None:
    code, out, err = desk.call("schedule", "add", desk.folder / "c.yaml")
    assert code == 2
    assert "nobody is there to answer; nothing was changed" in err
    assert "2026-03-28 07:00:00+01:00 Europe/Berlin  2026-03-28T06:00:00Z" in out
    assert "2026-03-29 07:00:00+02:00 Europe/Berlin  2026-03-29T05:00:00Z" in out
    assert out.count("07:00:00+") == 5
    assert "for 30 runs in 30 days" in out
    assert "monthly cap $20.00" in out
    assert desk.json("schedule", "list") == {"schedules": [], "signs": []}


def test_a_schedule_comes_from_the_file_and_options_go_first(desk: Desk) -> None:
    added = desk.add()
    assert (added["schedule"], added["month"]["runs"], len(added["times"])) == ("shoes", 30, 5)
    shown = desk.json("schedule", "show", "shoes")
    assert (shown["cron"], shown["zone"], shown["monthly_cap"]) == ("0 7 * * *", "Europe/Berlin", "20")
    desk.add("--as", "often", "--every", "6h", "--start", "2026-04-01", "--misfire", "all", "--repeats", "2")
    shown = desk.json("schedule", "show", "often")
    assert (shown["every_s"], shown["misfire"], shown["options"]) == (21_600, "all", {"repeats": 2})
    assert [at["wall"][:16] for at in shown["times"][:2]] == ["2026-04-01 00:00", "2026-04-01 06:00"]


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--cron", "0 0 31 2 *"], "never fires: no such day is in its months"),
        (["--cron", "7 o'clock"], "it has 2 fields. It has five fields, minute hour"),
        (["--zone", "Europe/Berln"], "did you mean Europe/Berlin?"),
        (["--start", "2027-01-01", "--end", "2026-12-01"], "is after the end 2026-12-01"),
        (["--end", "2026-03-01"], "has no time after now: its end is 2026-03-01"),
        (["--start", "soon"], "start: soon is no date or time"),
        (["--every", "often"], "every: often is no length of time"),
        (["--every", "6h", "--cron", "0 7 * * *"], "Both cron and every are given"),
        (["--every", "1m", "--jitter", "5m"], "jitter: 5m is longer than the 1 min 0 s between two times"),
        (["--monthly-cap", "0.0001"], "does not pay for one run"),
        (["--monthly-cap", "-1"], "is not more than 0 USD"),
        (["--misfire", "onec"], "is not one of"),
        (["--platform", "gemni"], "did you mean gemini?"),
    ],
)
def test_what_cannot_be_kept_is_refused_in_a_line(desk: Desk, words: list[str], line: str) -> None:
    code, _, err = desk.call("schedule", "add", desk.folder / "c.yaml", "--yes", *words)
    assert code == 2, err
    assert line in err
    assert desk.json("schedule", "list") == {"schedules": [], "signs": []}


def test_without_times_it_says_how_to_give_them(desk: Desk) -> None:
    path = desk.folder / "plain.csv"
    path.write_text("prompt\na\n")
    code, _, err = desk.call("schedule", "add", path, "--yes")
    assert code == 2
    assert 'Nothing says when: give either a cron expression (--cron "0 7 * * *")' in err


def test_a_name_is_taken_until_it_is_removed(desk: Desk) -> None:
    desk.add()
    code, _, err = desk.call("schedule", "add", desk.folder / "c.yaml", "--yes")
    assert code == 2
    assert "There is a schedule called shoes already" in err
    assert desk.json("schedule", "remove", "shoes", "--yes")["state"] == "removed"
    desk.add()
    states = [row["state"] for row in desk.json("schedule", "list", "--all")["schedules"]]
    assert sorted(states) == ["active", "removed"]
    assert "did you mean shoes?" in desk.call("schedule", "show", "shoos")[2]


def test_a_paused_schedule_fires_nothing_and_makes_up_for_nothing(desk: Desk) -> None:
    desk.add()
    paused = desk.json("schedule", "pause", "shoes")
    assert (paused["state"], paused["changed"], paused["next"]) == ("paused", True, None)
    assert not desk.json("schedule", "pause", "shoes")["changed"]
    desk.days.jump(days=3)
    desk.tick()
    resumed = desk.json("schedule", "resume", "shoes")
    assert (resumed["state"], resumed["next"]) == ("active", "2026-03-31T05:00:00Z")
    assert desk.json("schedule", "show", "shoes")["history"] == []


def test_run_now_makes_a_run_that_the_dispatcher_loads(desk: Desk) -> None:
    desk.add()
    run = desk.json("schedule", "run-now", "shoes")["run"]
    desk.tick()
    (fire,) = desk.json("schedule", "show", "shoes")["history"]
    assert (fire["run"], fire["run_state"], fire["by_hand"]) == (run, "running", True)
    (listed,) = desk.json("runs")["runs"]
    assert (listed["run"], listed["schedule"], listed["jobs"]) == (run, "shoes", 3)
    assert desk.json("schedule", "show", "shoes")["next"]["utc"] == "2026-03-28T06:00:00Z"


def test_what_the_command_line_said_of_the_campaign_holds_for_every_run(desk: Desk) -> None:
    desk.add("--platform", "claude", "--repeats", "2", "--priority", "7")
    desk.days.jump(hours=20)
    desk.tick()
    (run,) = desk.json("runs")["runs"]
    jobs = desk.json("jobs", run["run"])["jobs"]
    assert [job["platform"] for job in jobs] == ["claude"] * 6


def test_a_cap_that_is_spent_refuses_run_now_in_a_line(desk: Desk) -> None:
    desk.add()
    desk.json("schedule", "run-now", "shoes")
    desk.spend(20 * 10**9)
    code, _, err = desk.call("schedule", "run-now", "shoes")
    assert code == 3
    assert err == "Schedule shoes: the monthly cap of $20.00 is spent: $20.00 in 2026-03."


def test_a_vanished_file_is_told_by_status_show_and_list(desk: Desk) -> None:
    desk.add()
    (desk.folder / "c.yaml").unlink()
    desk.days.jump(hours=20)
    desk.tick()
    shown = desk.json("schedule", "show", "shoes")
    assert (shown["state"], shown["history"][0]["outcome"]) == ("paused", "skipped")
    assert "there is no such file" in shown["reason"]
    code, _, err = desk.call("status")
    assert code == 2
    assert "schedule shoes is paused: " in err
    assert "there is no such file" in err
    assert "there is no such file" in desk.call("schedule", "list")[1]
    assert "shoes is paused: " in desk.call("doctor")[1]
    code, _, err = desk.call("schedule", "resume", "shoes")
    assert code == 2
    assert "there is no such file; check the path" in err
    (desk.folder / "c.yaml").write_text(YAML)
    desk.json("schedule", "resume", "shoes")
    run = desk.json("schedule", "run-now", "shoes")["run"]
    desk.tick()
    assert desk.json("status", run)["paused_schedules"] == []


def test_show_and_runs_name_the_prompts_that_changed(desk: Desk) -> None:
    desk.add("--overlap", "allow")
    for text in ("one, two, three", "two, three, four, five"):
        (desk.folder / "c.yaml").write_text(YAML.replace("one, two, three", text))
        desk.days.jump(hours=24)
        desk.tick()
    newest = desk.json("schedule", "show", "shoes")["history"][0]
    assert [row["prompt"] for row in newest["prompts"]["added"]] == ["four", "five"]
    assert [row["prompt"] for row in newest["prompts"]["removed"]] == ["one"]
    assert "+2 -1" in desk.call("schedule", "show", "shoes")[1]
    assert "2 prompts new, 1 gone" in desk.call("runs")[1]


def test_the_calendar_of_a_test_is_refused_elsewhere(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PROMPTRELAY_TESTING", "0")
    code, _, err = desk.call("schedule", "add", desk.folder / "c.yaml")
    assert (code, "works only with PROMPTRELAY_TESTING=1" in err) == (2, True)
