"""Each check of `promptrelay doctor` once well and once broken, against real servers where there are any."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import redis
import sqlalchemy as sa

from config.settings import Settings
from promptrelay.answers.errors import StoreRefused, StoreUnavailable
from promptrelay.answers.layout import segment_key, unread_key
from promptrelay.answers.stores.local import LocalStore
from promptrelay.cli.checks import machine
from promptrelay.cli.checks.answer_store import check_store, what_is_wrong
from promptrelay.cli.checks.database_server import (
    _POSTGRESQL,
    check_database,
    durability_finding,
    server_finding,
)
from promptrelay.cli.checks.finding import Finding, Level, ok
from promptrelay.cli.checks.provider import check_provider
from promptrelay.cli.checks.redis_server import check_redis, version_finding
from promptrelay.cli.checks.running import run_checks
from promptrelay.cli.checks.stored_segments import unreferenced
from promptrelay.cli.checks.work import check_work
from promptrelay.data_dir import DataDir
from promptrelay.database.accounts import accounts
from promptrelay.database.database import Database, sqlite_url
from promptrelay.database.deployment import add_account
from promptrelay.database.schema import runs
from promptrelay.database.upgrade import upgrade
from promptrelay.dataforseo.limits.rate_allowance import EndpointAllowance
from promptrelay.domain.clock import SystemClock
from tests.acceptance.provider import Provider, start_provider
from tests.integration.redis_server import RedisServer
from tests.integration.sqlite_tables import sqlite_with_tables

Look = Callable[..., Settings]


@pytest.fixture
def data(tmp_path: Path) -> DataDir:
    return DataDir(tmp_path / "data").make()


@pytest.fixture
def look(data: DataDir, redis_url: str) -> Look:
    """The settings of an installation, changed as asked."""

    def make(**changes: Any) -> Settings:
        return Settings(**({"data_dir": data.path, "redis_url": redis_url} | changes))

    return make


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Callable[..., Provider]]:
    running: list[Provider] = []

    def start(*settings: str) -> Provider:
        running.append(start_provider(tmp_path, ["user_data_calls_per_minute=100", *settings]))
        return running[-1]

    yield start
    for one in running:
        one.stop()


@pytest.fixture
def database(data: DataDir) -> Iterator[Database]:
    found = Database(sqlite_with_tables(data.database), SystemClock())
    yield found
    found.close()


class MovedClock(SystemClock):
    def __init__(self, ahead_s: float) -> None:
        super().__init__()
        self._ahead_s = ahead_s

    def now(self) -> float:
        return super().now() + self._ahead_s


def the(findings: list[Finding], name: str) -> Finding:
    (found,) = (finding for finding in findings if finding.name == name)
    return found


def levels(findings: list[Finding]) -> dict[str, Level]:
    return {finding.name: finding.level for finding in findings}


def assert_says(finding: Finding, level: Level, *words: str) -> None:
    assert finding.level is level, finding
    assert finding.cure if level is not Level.OK else True
    for word in words:
        assert word in f"{finding.what} {finding.cure}", finding


def simulated(url: str, **changes: str) -> dict[str, str]:
    return {"api_url": url, "api_login": "simulator", "api_password": "simulator", **changes}


def test_credentials_balance_and_clock_are_well_with_one_free_call(
    look: Look, data: DataDir, provider: Callable[..., Provider]
) -> None:
    running = provider("start_balance=20")
    found = check_provider(look(**simulated(running.url)), data, SystemClock())
    assert levels(found) == dict.fromkeys(("credentials", "balance", "clock"), Level.OK)
    assert running.counters()["calls"] == {"user_data": 1}


@pytest.mark.parametrize(
    ("settings", "changes", "words"),
    [
        ((), {"api_password": "wrong"}, ("refuses them", "PROMPTRELAY_API_PASSWORD")),
        (("account_code=40207",), {}, ("IP address", "40207")),
        (("fault.user_data.error_500_before=1",), {}, ("no answer", "PROMPTRELAY_API_URL")),
    ],
)
def test_a_provider_that_does_not_let_us_in_fails(
    settings: tuple[str, ...],
    changes: dict[str, str],
    words: tuple[str, ...],
    look: Look,
    data: DataDir,
    provider: Callable[..., Provider],
) -> None:
    running = provider(*settings)
    (found,) = check_provider(look(**simulated(running.url, **changes)), data, SystemClock())
    assert_says(found, Level.FAIL, *words)


def test_a_provider_that_is_asked_too_often_is_no_failure(
    look: Look, data: DataDir, provider: Callable[..., Provider]
) -> None:
    running = provider("fault.user_data.rate_40202=1")
    (found,) = check_provider(look(**simulated(running.url)), data, SystemClock())
    assert_says(found, Level.WARN, "in a minute")


def test_with_workers_that_have_used_their_turns_the_answer_still_comes_at_once(
    look: Look, data: DataDir, redis_client: redis.Redis, provider: Callable[..., Provider]
) -> None:
    turns = EndpointAllowance(redis_client, "default", "user_data", 6)
    url = provider().url
    while turns.take(wait_s=15) is None:
        continue
    begun = time.monotonic()
    found = check_provider(look(**simulated(url)), data, SystemClock())
    assert the(found, "credentials").level is Level.OK
    # The next turn comes ten seconds after the last.
    assert time.monotonic() - begun < 9


def test_the_provider_is_asked_also_when_redis_is_away(
    look: Look, data: DataDir, provider: Callable[..., Provider]
) -> None:
    settings = look(**simulated(provider().url), redis_url="redis://127.0.0.1:1/0")
    found = check_provider(settings, data, SystemClock())
    assert levels(found) == dict.fromkeys(("credentials", "balance", "clock"), Level.OK)


def test_missing_credentials_fail_unless_the_directory_is_for_a_simulated_provider(
    look: Look, data: DataDir
) -> None:
    (found,) = check_provider(look(), data, SystemClock())
    assert_says(found, Level.FAIL, "PROMPTRELAY_API_LOGIN", "--simulate")
    (data.path / "provider").write_text("simulated\n")
    assert levels(check_provider(look(), data, SystemClock())) == {"credentials": Level.OK}


@pytest.mark.parametrize(
    ("balance", "floor", "words"),
    [
        ("-3", None, ("$-3", "kept back")),
        ("0.01", None, ("nothing is sent",)),
        ("20", "30", ("the floor is $30",)),
    ],
)
def test_a_balance_that_pays_for_nothing_fails(
    balance: str,
    floor: str | None,
    words: tuple[str, ...],
    look: Look,
    data: DataDir,
    provider: Callable[..., Provider],
) -> None:
    running = provider(f"start_balance={balance}")
    found = check_provider(look(**simulated(running.url), balance_floor_usd=floor), data, SystemClock())
    assert_says(the(found, "balance"), Level.FAIL, "top up", *words)


@pytest.mark.parametrize(
    ("ahead_s", "level"), [(20.0, Level.WARN), (-300.0, Level.FAIL), (300.0, Level.FAIL)]
)
def test_a_clock_that_is_wrong_is_seen_by_the_providers_date(
    ahead_s: float, level: Level, look: Look, data: DataDir, provider: Callable[..., Provider]
) -> None:
    found = check_provider(look(**simulated(provider().url)), data, MovedClock(ahead_s))
    assert_says(the(found, "clock"), level, "ahead of" if ahead_s > 0 else "behind", "NTP")


def test_redis_that_keeps_and_never_evicts_is_well(look: Look, data: DataDir) -> None:
    found = check_redis(look(), data)
    assert levels(found) == dict.fromkeys(("redis", "redis appendonly", "redis eviction"), Level.OK)


def test_redis_that_forgets_or_evicts_is_named_with_its_cure(
    look: Look, data: DataDir, own_redis: RedisServer
) -> None:
    with redis.Redis.from_url(own_redis.url) as client:
        client.config_set("appendonly", "no")
        client.config_set("maxmemory-policy", "allkeys-lru")
    found = check_redis(look(redis_url=own_redis.url), data)
    assert_says(the(found, "redis appendonly"), Level.WARN, "appendonly yes")
    assert_says(the(found, "redis eviction"), Level.FAIL, "allkeys-lru", "noeviction")


def test_a_redis_that_is_configured_and_away_fails(look: Look, data: DataDir) -> None:
    (found,) = check_redis(look(redis_url="redis://:secret@127.0.0.1:1/0"), data)
    assert_says(found, Level.FAIL, "does not answer", "PROMPTRELAY_REDIS_URL")
    assert "secret" not in repr(found)


def test_the_embedded_redis_starts_when_it_is_needed(look: Look, data: DataDir) -> None:
    (found,) = check_redis(look(redis_url=""), data)
    assert_says(found, Level.OK, "starts with run or up")


@pytest.mark.parametrize(
    ("facts", "level"),
    [
        ({"redis_version": "7.2.4", "valkey_version": "9.1.0"}, Level.OK),
        ({"redis_version": "6.2.14"}, Level.OK),
        ({"redis_version": "6.0.16"}, Level.FAIL),
        ({}, Level.FAIL),
    ],
)
def test_an_old_redis_fails(facts: Mapping[str, str], level: Level) -> None:
    assert_says(version_finding(facts), level)


def test_a_database_of_this_program_is_well_and_one_not_made_yet_is_not_made(
    look: Look, data: DataDir
) -> None:
    assert levels(check_database(look())) == {"database": Level.OK}
    assert not data.database.exists()
    made = Database(sqlite_url(data.database), SystemClock())
    upgrade(made)
    made.close()
    found = check_database(look())
    assert levels(found) == dict.fromkeys(("database", "database durability"), Level.OK)
    assert the(found, "database durability").what == "journal_mode wal, synchronous 2"


def test_a_database_of_another_version_fails(look: Look, database: Database) -> None:
    with database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    assert_says(the(check_database(look()), "database"), Level.FAIL, "9999")


def test_a_damaged_database_fails(look: Look, data: DataDir) -> None:
    data.database.write_bytes(b"not a database, only bytes" * 500)
    assert_says(the(check_database(look()), "database"), Level.FAIL, "cannot be read", "backup")


def test_a_configured_database_that_is_away_or_empty_fails(look: Look, tmp_path: Path) -> None:
    begun = time.monotonic()
    url = "postgresql://somebody:secret@127.0.0.1:1/db"
    (found,) = check_database(look(database_url=url))
    assert_says(found, Level.FAIL, "cannot be read", "PROMPTRELAY_DATABASE_URL")
    assert "secret" not in repr(found)
    assert time.monotonic() - begun < 5
    (tmp_path / "empty.db").touch()
    found = the(check_database(look(database_url=sqlite_url(tmp_path / "empty.db"))), "database")
    assert_says(found, Level.FAIL, "no tables yet", "promptrelay db upgrade")


def test_a_database_that_may_lose_commits_fails() -> None:
    wanted = {"journal_mode": "wal", "synchronous": "2"}
    assert_says(durability_finding({"journal_mode": "wal", "synchronous": "2"}, wanted), Level.OK)
    found = durability_finding({"journal_mode": "wal", "synchronous": "1"}, wanted)
    assert_says(found, Level.FAIL, "set synchronous to 2")
    assert_says(
        durability_finding({**_POSTGRESQL, "fsync": "off"}, _POSTGRESQL), Level.FAIL, "set fsync to on"
    )
    assert_says(durability_finding(_POSTGRESQL, _POSTGRESQL), Level.OK)


def test_an_old_database_server_fails() -> None:
    assert_says(server_finding("PostgreSQL", "12.1", new_enough=False), Level.FAIL, "PostgreSQL 14")
    assert_says(server_finding("PostgreSQL", "16.1", new_enough=True), Level.OK)


def test_a_store_that_does_what_it_must_is_well_and_keeps_nothing_of_the_check(
    look: Look, data: DataDir
) -> None:
    assert_says(the(check_store(look()), "answers"), Level.OK)
    assert [path for path in data.answers.rglob("*") if path.is_file()] == []


class Overwriting(LocalStore):
    def put_new(self, key: str, body: bytes) -> bool:
        LocalStore.delete(self, key)
        return super().put_new(key, body)


class OverwritingAndBroken(Overwriting):
    def delete(self, key: str) -> None:
        raise StoreUnavailable("object store: GenericError")


class Keeping(LocalStore):
    def delete(self, key: str) -> None:
        return None


class Lying(LocalStore):
    def put_new(self, key: str, body: bytes) -> bool:
        super().put_new(key, body)
        return False


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        (Overwriting, "overwrites"),
        (OverwritingAndBroken, "overwrites"),
        (Keeping, "delete"),
        (Lying, "exists already"),
    ],
)
def test_a_store_that_does_not_do_what_it_must_is_found_out(
    kind: type[LocalStore], says: str, tmp_path: Path
) -> None:
    assert says in (what_is_wrong(kind(tmp_path / "store")) or "")


def test_a_store_that_refuses_us_or_cannot_be_opened_fails(
    look: Look, data: DataDir, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert_says(check_store(look(results_url="ftp://nowhere"))[0], Level.FAIL, "PROMPTRELAY_RESULTS_URL")

    def refuse(*_: object) -> bool:
        raise StoreRefused("object store: 403")

    monkeypatch.setattr(LocalStore, "put_new", refuse)
    assert_says(check_store(look())[0], Level.FAIL, "403", "lets us write")


def test_replies_that_nobody_could_read_are_counted_and_where_they_are_is_said(
    look: Look, data: DataDir
) -> None:
    assert_says(the(check_store(look()), "unread"), Level.OK)
    for number in range(2):
        LocalStore(data.answers).put_new(unread_key("default", f"A{number}", "reply"), b"not json")
    LocalStore(data.answers).put_new(unread_key("other", "A", "reply"), b"another account's")
    assert_says(the(check_store(look()), "unread"), Level.WARN, "2 of what came", "unread/default")


def test_segments_that_no_answer_refers_to_are_counted_and_old_ones_are_worth_a_look(
    look: Look, data: DataDir, database: Database
) -> None:
    store = LocalStore(data.answers)
    keys = [segment_key("default", "RUN", "claude", f"{number:064}") for number in range(3)]
    for key in keys:
        store.put_new(key, b"x")
    assert unreferenced(database, store, "default") == (3, 0, True)
    assert_says(the(check_store(look()), "segments"), Level.OK, "3 that no answer refers to")
    long_ago = time.time() - 9 * 86_400
    os.utime(data.answers / keys[0], (long_ago, long_ago))
    assert_says(the(check_store(look()), "segments"), Level.WARN, "1 older than a week")


def test_paused_accounts_and_runs_are_named_with_what_ends_that(look: Look, database: Database) -> None:
    assert_says(the(check_work(look()), "work"), Level.OK)
    with database.write() as connection:
        add_account(connection, "default")
        accounts.pause(connection, "default", reason="holidays", resume_at=None)
        for number, state in enumerate(("paused", "stopped_budget", "running")):
            connection.execute(
                sa.insert(runs).values(
                    id=f"RUN{number}", account="default", campaign="c", fingerprint="f", generation=number,
                    state=state, reason="because", options={}, created_at=1.0,
                )
            )  # fmt: skip
    account, first, second = check_work(look())
    assert_says(account, Level.WARN, "holidays", "resume")
    assert_says(first, Level.WARN, "RUN0 is paused: because")
    assert_says(second, Level.WARN, "RUN1 is stopped budget", "--max-cost")


def test_an_old_python_fails() -> None:
    assert_says(machine.check_python((3, 11))[0], Level.OK)
    assert_says(machine.check_python((3, 10))[0], Level.FAIL, "3.11")


@pytest.mark.parametrize(("free", "level"), [(2**40, Level.OK), (2**30, Level.WARN), (2**20, Level.FAIL)])
def test_a_full_disk_fails(free: int, level: Level, data: DataDir, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(data.path)._replace(free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    assert_says(machine.check_disk(data)[0], level)


def test_live_answers_that_wait_for_the_store_fail(data: DataDir) -> None:
    assert_says(machine.check_spool(data)[0], Level.OK)
    LocalStore(data.spool).put_new("live/default/a.jsonl.zst", b"x")
    assert_says(machine.check_spool(data)[0], Level.FAIL, "1 Live answers")


@pytest.mark.parametrize(
    ("url", "testing", "level"),
    [
        ("https://api.dataforseo.com", False, Level.OK),
        ("https://api.dataforseo.com", True, Level.FAIL),
        ("http://127.0.0.1:5", True, Level.WARN),
    ],
)
def test_settings_of_tests_fail_with_a_real_provider(
    url: str, testing: bool, level: Level, look: Look
) -> None:
    settings = look(**simulated(url), testing=testing, time_scale=60.0 if testing else 1.0)
    assert_says(machine.check_testing(settings)[0], level)


def test_a_data_directory_that_cannot_be_made_fails(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    found = machine.check_data_dir(DataDir(tmp_path / "file" / "data"))[0]
    assert_says(found, Level.FAIL, "PROMPTRELAY_DATA_DIR")


def test_a_check_that_breaks_or_hangs_is_a_line_like_any_other() -> None:
    def breaks() -> list[Finding]:
        raise RuntimeError("redis://:secret@host")

    def hangs() -> list[Finding]:
        time.sleep(60)
        return []

    found = run_checks(
        [("a", breaks), ("b", lambda: [ok("b", "well")]), ("c", hangs), ("d", list)], patience_s=0.3
    )
    assert levels(found) == {"a": Level.FAIL, "b": Level.OK, "c": Level.FAIL}
    assert "RuntimeError" in found[0].what
    assert "secret" not in repr(found)


def _doctor(folder: Path, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    around = {name: value for name, value in os.environ.items() if not name.startswith("PROMPTRELAY_")}
    return subprocess.run(
        [sys.executable, "-P", "-m", "promptrelay.cli.main", *arguments],
        cwd=folder,
        env={**around, **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_command_says_all_of_it_with_nothing_running_and_ends_with_0_or_1(
    tmp_path: Path, provider: Callable[..., Provider]
) -> None:
    running = provider()
    ours = {f"PROMPTRELAY_{name.upper()}": value for name, value in simulated(running.url).items()}
    begun = time.monotonic()
    done = _doctor(tmp_path, "doctor", **ours)
    assert done.returncode == 0, done.stdout
    assert time.monotonic() - begun < 30
    for name in ("import names", "credentials", "balance", "clock", "redis", "database", "answers", "spool"):
        assert f"ok    {name} " in done.stdout
    assert not (tmp_path / ".promptrelay" / "promptrelay.sqlite3").exists()
    failed = _doctor(tmp_path, "doctor", "--json", **ours | {"PROMPTRELAY_API_PASSWORD": "wrong"})
    assert failed.returncode == 1
    report = json.loads(failed.stdout)
    assert report["failed"] == 1
    (line,) = (line for line in report["checks"] if line["level"] == "fail")
    assert line["name"] == "credentials"
    assert line["cure"]


def test_a_setting_that_cannot_be_read_is_a_line(tmp_path: Path) -> None:
    done = _doctor(tmp_path, "doctor", PROMPTRELAY_LIVE_SLOTS="many")
    assert done.returncode == 1
    assert "fail  settings" in done.stdout
    assert "PROMPTRELAY_LIVE_SLOTS" in done.stdout


def test_a_file_under_one_of_our_names_is_named_by_every_command(tmp_path: Path) -> None:
    stray = tmp_path / "stray"
    stray.mkdir()
    (stray / "config.py").write_text("x = 1\n")
    path = os.pathsep.join([str(stray), os.environ.get("PYTHONPATH", "")])
    done = _doctor(tmp_path, "doctor", PYTHONPATH=path)
    assert (done.returncode, done.stdout.splitlines()[0][:18]) == (1, "fail  import names")
    other = _doctor(tmp_path, "status", PYTHONPATH=path)
    assert other.returncode == 1
    assert len(other.stderr.splitlines()) == 1
    assert str(stray / "config.py") in other.stderr
    here = _doctor(stray, "doctor", "--json")
    assert json.loads(here.stdout)["checks"][0]["level"] == "warn"
