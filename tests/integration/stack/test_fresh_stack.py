"""A stack on an empty folder or an empty PostgreSQL works, in whatever order its processes start."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from promptrelay.books.progress import progress
from promptrelay.database.database import Database
from promptrelay.database.heartbeats import living
from promptrelay.domain.clock import SystemClock
from tests.acceptance.project import until
from tests.integration.redis_server import RedisServer
from tests.integration.stack.compose_processes import ROOT, Composed

PROMPTS = 20
Stacks = Callable[..., Composed]


@pytest.fixture
def stacks(own_redis: RedisServer, tmp_path: Path) -> Iterator[Stacks]:
    """Makes the stack of the compose file; keywords are what its `${…}` refer to."""
    made: list[Composed] = []

    def make(**given: str) -> Composed:
        (tmp_path / "data").mkdir()
        made.append(Composed(tmp_path, own_redis, given))
        return made[-1]

    yield make
    for stack in made:
        stack.end()


@pytest.fixture
def given(request: pytest.FixtureRequest) -> dict[str, str]:
    """What `.env` says about the database: nothing, or an empty PostgreSQL."""
    if request.param == "sqlite":
        return {}
    return {"PROMPTRELAY_DATABASE_URL": request.getfixturevalue("postgres_server").new_database()}


def database_of(stack: Composed) -> Database:
    place = stack.environment("dispatcher")
    return Database(
        place["PROMPTRELAY_DATABASE_URL"] or f"sqlite:///{place['PROMPTRELAY_DATA_DIR']}/promptrelay.sqlite3",
        SystemClock(),
    )


def everything_is_answered(stack: Composed) -> None:
    prompts = stack.folder / "prompts.csv"
    lines = (f"question {number}: which brand is best?\n" for number in range(PROMPTS))
    prompts.write_text("prompt\n" + "".join(lines))
    platforms = ("--platform", "chat_gpt", "--platform", "perplexity", "--method", "auto")
    submitted = stack.command("submit", str(prompts), "--json", *platforms)
    assert submitted.returncode == 0, submitted.stderr
    run = json.loads(submitted.stdout)["run"]
    database = database_of(stack)

    def jobs() -> dict[str, int]:
        return dict(progress(database, run).jobs)

    until(lambda: jobs() == {"done": 2 * PROMPTS}, 150, lambda: f"{jobs()}\n{stack.logs()}")
    database.close()


@pytest.mark.parametrize("given", ["sqlite", "postgresql"], indirect=True)
def test_the_stack_of_the_compose_file_answers_every_prompt_of_an_empty_installation(
    stacks: Stacks, given: dict[str, str]
) -> None:
    stack = stacks(**given)
    stack.up()
    everything_is_answered(stack)
    assert all(stack.processes[name].poll() is None for name in stack.in_order() if name != "migrate")


@pytest.mark.parametrize("given", ["sqlite", "postgresql"], indirect=True)
def test_processes_that_come_before_the_tables_wait_for_them_with_one_line(
    stacks: Stacks, given: dict[str, str]
) -> None:
    stack = stacks(**given)
    early = [name for name in stack.in_order() if name != "migrate"]
    for name in early:
        stack.start(name)
    for name in early:
        stack.wait_for_line(name, "database.awaited why=")
    for name in early:
        assert stack.processes[name].poll() is None, stack.logs()
        assert stack.log(name).read_text().count("database.awaited") == 1, stack.logs()
        assert (
            "promptrelay migrate" in stack.log(name).read_text()
            or "db upgrade" in stack.log(name).read_text()
        )
    if not given:
        assert list((stack.folder / "data").iterdir()) == [], "waiting made a file"
    migrated = stack.command("migrate", "--json")
    assert migrated.returncode == 0, migrated.stderr
    assert json.loads(migrated.stdout)["changed"] is True
    for name in early:
        stack.wait_for_line(name, "database.met")
    everything_is_answered(stack)


def test_a_stack_whose_server_comes_later_waits_for_it(
    stacks: Stacks, request: pytest.FixtureRequest
) -> None:
    url = sa.make_url(request.getfixturevalue("postgres_server").new_database())
    sockets = Path(str(url.query["host"]))
    later = sockets.parent / "comes-later"
    away = url.update_query_dict({"host": str(later)}).render_as_string(hide_password=False)
    stack = stacks(PROMPTRELAY_DATABASE_URL=away)
    try:
        for name in ("migrate", "dispatcher", "worker-standard"):
            stack.start(name)
            stack.wait_for_line(name, "database.awaited why=")
        later.symlink_to(sockets)
        assert stack.processes["migrate"].wait(60) == 0, stack.logs()
        for name in ("dispatcher", "worker-standard"):
            stack.wait_for_line(name, "database.met")
            assert stack.processes[name].poll() is None
    finally:
        later.unlink(missing_ok=True)


@pytest.mark.parametrize("name", ["dispatcher", "worker-standard", "migrate"])
def test_a_process_that_waiting_cannot_help_ends_with_one_line(
    name: str, stacks: Stacks, request: pytest.FixtureRequest
) -> None:
    wrong = (
        sa.make_url(request.getfixturevalue("postgres_server").new_database())
        .set(database="nowhere")
        .render_as_string(hide_password=False)
    )
    stack = stacks(PROMPTRELAY_DATABASE_URL=wrong)
    assert stack.start(name).wait(60) == 1
    said = stack.log(name).read_text()
    assert "Traceback" not in said
    (line,) = [text for text in said.splitlines() if "does not exist" in text]
    assert "PROMPTRELAY_DATABASE_URL" in line


def test_a_worker_started_the_way_of_celery_waits_too_and_works(stacks: Stacks) -> None:
    stack = stacks()
    typed = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-c", "8", "-E"]
    queues = ["-Q", "standard.post,standard.collect,standard.get,upkeep,live.perplexity"]
    with stack.log("celery").open("wb") as log:
        stack.processes["celery"] = subprocess.Popen(
            [*typed, *queues], cwd=ROOT, env=stack.environment("dispatcher"), stdout=log, stderr=log
        )
    stack.wait_for_line("celery", "database.awaited why=")
    assert stack.command("migrate").returncode == 0
    stack.start("dispatcher")
    everything_is_answered(stack)
    database = database_of(stack)
    with database.read() as connection:
        queues_by_role = {process.role: set(process.queues) for process in living(connection)}
    database.close()
    assert queues_by_role["worker"] >= {"standard.post", "live.perplexity"}
    assert "dispatcher" in queues_by_role
