"""The same input is one run, whatever happens while it is submitted."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from producers.campaign.spec import CampaignSpec
from producers.plan.errors import NothingToSend, RefusedInput
from producers.plan.plan import make_plan
from producers.submit import loading
from producers.submit import submit as submit_module
from producers.submit.submit import submit
from promptrelay.database import deployment
from promptrelay.database.database import Database
from promptrelay.database.schema import accounts, deliveries, jobs, rows, runs, version_rows
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Platform
from promptrelay.domain.states import RunState

Prompts = Callable[..., Path]
Spec = Callable[..., CampaignSpec]


def count(database: Database, table: sa.Table) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def set_state(database: Database, state: RunState) -> None:
    with database.write() as connection:
        connection.execute(sa.update(runs).values(state=state))


def test_every_row_becomes_a_job_for_each_platform_in_turn(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    done = submit(database, spec(repeats=2), prompts("prompt,tag\na,x\nb,\n"))
    with database.read() as connection:
        found = connection.execute(sa.select(jobs).order_by(jobs.c.position)).mappings().all()
    assert done.created
    assert done.state is RunState.RUNNING
    assert done.jobs_by_platform == done.rows_by_platform == {"chat_gpt": 4, "perplexity": 4}
    assert [(job["row_no"], job["repeat"], job["platform"]) for job in found[:4]] == [
        (1, 1, "chat_gpt"),
        (1, 1, "perplexity"),
        (1, 2, "chat_gpt"),
        (1, 2, "perplexity"),
    ]
    assert {job["method"] for job in found if job["platform"] == "perplexity"} == {"live"}
    assert "perplexity" in done.notes[0]


def test_the_same_input_finds_its_run_until_again_is_asked_for(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    path = prompts("prompt\na\n")
    first = submit(database, spec(), path)
    assert submit(database, spec(), path).run_id == first.run_id
    assert submit(database, spec(), path, again=True).run_id == first.run_id, "unfinished: never twice"
    set_state(database, RunState.FINISHED)
    same = submit(database, spec(), path)
    assert (same.run_id, same.created, same.is_over) == (first.run_id, False, True)
    fresh = submit(database, spec(), path, again=True)
    assert (fresh.run_id != first.run_id, fresh.created, fresh.generation) == (True, True, 2)


def test_rows_that_repeat_a_prompt_are_paid_once_and_delivered_each(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    done = submit(database, spec(platforms=(Platform.CHAT_GPT,)), prompts("prompt\na\nb\na\n"))
    assert (done.jobs, done.rows, done.duplicates) == (2, 3, 1)
    assert count(database, deliveries) == 3


def test_kept_duplicates_are_paid_each(database: Database, prompts: Prompts, spec: Spec) -> None:
    wanted = spec(platforms=(Platform.CHAT_GPT,), keep_duplicates=True)
    assert submit(database, wanted, prompts("prompt\na\nb\na\n")).jobs == 3


def test_a_refused_row_stops_everything_before_anything_is_written(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    path = prompts(f"prompt\na\n{'x' * 501}\n")
    with pytest.raises(RefusedInput, match=r"1 of 2 rows.*line 3"):
        submit(database, spec(), path)
    assert count(database, runs) == count(database, rows) == 0
    done = submit(database, spec(skip_invalid=True), path)
    assert (done.rows, done.refused_rows) == (1, 1)


def test_a_file_of_refused_rows_alone_is_never_a_run(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    with pytest.raises(NothingToSend):
        submit(database, spec(skip_invalid=True), prompts(f"prompt\n{'x' * 501}\n"))
    assert count(database, runs) == 0


def test_raising_a_cap_wakes_a_run_that_stopped_at_it(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    path = prompts("prompt\na\n")
    submit(database, spec(max_cost=Usd.of(1)), path)
    set_state(database, RunState.STOPPED_BUDGET)
    assert submit(database, spec(), path).state is RunState.STOPPED_BUDGET, "a cap left out stays"
    woken = submit(database, spec(max_cost=Usd.of(2), priority=3), path)
    with database.read() as connection:
        run = connection.execute(sa.select(runs)).mappings().one()
    assert woken.state is RunState.RUNNING
    assert (run["max_cost_nanos"], run["priority"]) == (2_000_000_000, 3)


def test_a_paused_run_stays_paused(database: Database, prompts: Prompts, spec: Spec) -> None:
    path = prompts("prompt\na\n")
    submit(database, spec(), path)
    set_state(database, RunState.PAUSED)
    assert submit(database, spec(max_cost=Usd.of(2)), path).state is RunState.PAUSED


def test_an_interrupted_loading_goes_on_in_the_same_run(
    database: Database, prompts: Prompts, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = prompts("prompt\n" + "".join(f"p{number}\n" for number in range(2_500)))
    write, written = loading.insert_jobs, []

    def dies_at_the_third(*slices: Any) -> None:
        if len(written) == 2:
            raise KeyboardInterrupt
        written.append(1)
        write(*slices)

    monkeypatch.setattr(loading, "insert_jobs", dies_at_the_third)
    with pytest.raises(KeyboardInterrupt):
        submit(database, spec(), path)
    assert count(database, jobs) == 2_000
    monkeypatch.undo()
    done = submit(database, spec(), path)
    assert (done.jobs, done.created, done.state) == (5_000, False, RunState.RUNNING)
    assert count(database, runs) == 1


def test_a_file_that_changes_while_it_is_read_is_never_sent(
    database: Database, prompts: Prompts, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = prompts("prompt\na\n")
    load = submit_module.load_run

    def changes_first(*facts: Any) -> None:
        path.write_text("prompt\nb\n")
        load(*facts)

    monkeypatch.setattr(submit_module, "load_run", changes_first)
    submit(database, spec(), path)
    with database.read() as connection:
        assert connection.execute(sa.select(rows.c.prompt)).scalars().all() == ["a"], (
            "what was read and planned"
        )
    other = submit(database, spec(), path)
    assert other.created, "what the file says now is another input"


def test_a_plan_hands_its_rows_to_submit_and_the_file_is_read_once(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    path = prompts("prompt,model\na,\nb,chat_gpt=gpt-4.1\n")
    plan = make_plan(spec(), path, keep=True)
    path.unlink()
    done = submit(database, spec(), path, found=plan.prompts)
    assert (done.created, done.jobs, done.state) == (True, 4, RunState.RUNNING)


def test_what_a_run_was_loaded_from_is_forgotten_once_it_is_opened(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    submit(database, spec(), prompts("prompt\na\nb\n"))
    with database.read() as connection:
        assert connection.execute(sa.select(runs.c.version_id)).scalar_one() is None
    assert count(database, version_rows) == 0


def test_a_loading_that_began_without_a_version_begins_anew_in_the_same_run(
    database: Database, prompts: Prompts, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = prompts("prompt\na\nb\n")
    monkeypatch.setattr(submit_module, "load_run", lambda *_: None)
    first = submit(database, spec(), path)
    with database.write() as connection:
        connection.execute(sa.update(runs).values(version_id=None))
    monkeypatch.undo()
    done = submit(database, spec(), path)
    assert (done.run_id, done.jobs, done.state) == (first.run_id, 4, RunState.RUNNING)


def test_the_deployment_is_named_once(database: Database, prompts: Prompts, spec: Spec) -> None:
    submit(database, spec(), prompts("prompt\na\n"))
    with database.write() as connection:
        name = deployment.ensure(connection)
        assert deployment.ensure(connection) == name
    assert name.isalnum()
    assert len(name) == 8


def test_an_account_gets_its_limits_and_submitting_leaves_them(
    database: Database, prompts: Prompts, spec: Spec
) -> None:
    with database.write() as connection:
        deployment.ensure_account(connection, "main", balance_floor=Usd.of(3), daily_cap=Usd.of(50))
    submit(database, spec(), prompts("prompt\na\n"))
    with database.read() as connection:
        account = connection.execute(sa.select(accounts)).mappings().one()
    assert (account["balance_floor_nanos"], account["daily_cap_nanos"]) == (3 * 10**9, 50 * 10**9)


def test_a_run_that_is_cancelled_while_it_is_loaded_keeps_no_job_to_send(
    database: Database, prompts: Prompts, spec: Spec, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = prompts("prompt\n" + "".join(f"q{number}\n" for number in range(10)))
    monkeypatch.setattr(loading, "SLICE_JOBS", 4)
    write = loading.insert_jobs

    def cancelled_meanwhile(connection: sa.Connection, values: Any) -> None:
        write(connection, values)
        connection.execute(sa.update(runs).values(state=RunState.CANCELLED))

    monkeypatch.setattr(loading, "insert_jobs", cancelled_meanwhile)
    done = submit(database, spec(), path)
    assert (done.state, done.is_over, done.jobs) == (RunState.CANCELLED, True, 4)
    with database.read() as connection:
        assert set(connection.execute(sa.select(jobs.c.state)).scalars()) == {"cancelled"}
    again = submit(database, spec(), path)
    assert (again.run_id, again.created) == (done.run_id, False)
