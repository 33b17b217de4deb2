"""Transaction A and the check after it ask for everything that may have changed, one condition a test."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa

from promptrelay.database.attempts.permission import NoRoom, Sending, still_permitted
from promptrelay.database.database import Database
from promptrelay.database.schema import accounts, attempts, jobs, runs
from promptrelay.domain.states import AttemptState, JobState, RunState
from tests.integration.database.books import ACCOUNT
from tests.integration.database.crowd import EACH, job_ids, open_runs, permit_jobs, run_ids

RUN = run_ids(1)[0]


def ask(database: Database, *ids: str) -> list[Sending]:
    with database.write() as connection:
        return permit_jobs(connection, ids)


def change(database: Database, table: sa.Table, *where: sa.ColumnElement[bool], **values: Any) -> None:
    with database.write() as connection:
        connection.execute(sa.update(table).where(*where).values(**values))


def count(database: Database, table: sa.Table) -> int:
    with database.read() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.CLAIMED])
def test_only_a_claimed_job_is_permitted(database: Database, state: JobState) -> None:
    """P4: a message that comes late or twice sends nothing that another has, had, or will have."""
    (job_id,) = open_runs(database, 1, 1, state=state)
    assert ask(database, job_id) == []
    assert count(database, attempts) == 0
    with database.read() as connection:
        assert connection.execute(sa.select(jobs.c.state)).scalar_one() == state


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
def test_only_a_job_of_a_running_run_is_permitted(database: Database, state: RunState) -> None:
    """P28."""
    (job_id,) = open_runs(database, 1, 1, state=JobState.CLAIMED)
    change(database, runs, state=state)
    assert ask(database, job_id) == []
    assert count(database, attempts) == 0


def test_of_a_chunk_exactly_those_that_are_still_claimed_are_permitted(database: Database) -> None:
    """P4: what is posted is what the UPDATE returned."""
    ids = open_runs(database, 1, 4, state=JobState.CLAIMED)
    change(database, jobs, jobs.c.id == ids[1], state=JobState.IN_FLIGHT)
    change(database, jobs, jobs.c.id == ids[3], state=JobState.CANCELLED)
    assert [sending.job_id for sending in ask(database, *ids)] == [ids[0], ids[2]]


@pytest.mark.parametrize("table", [attempts, runs, accounts], ids=["attempt", "run", "account"])
def test_the_check_passes_nothing_whose_attempt_run_or_account_has_moved(
    database: Database, table: sa.Table
) -> None:
    """P2: settling a late twin revokes the attempt; a command pauses the run, a code the account."""
    ids = open_runs(database, 1, 3, state=JobState.CLAIMED)
    sent = [sending.attempt_id for sending in ask(database, *ids)]
    with database.read() as connection:
        assert still_permitted(connection, sent)
    one = {attempts: attempts.c.id == sent[1], runs: runs.c.id == RUN, accounts: accounts.c.name == ACCOUNT}
    moved = {attempts: AttemptState.REJECTED, runs: RunState.PAUSED, accounts: "paused"}
    change(database, table, one[table], state=moved[table])
    with database.read() as connection:
        assert not still_permitted(connection, sent), "the whole chunk is refused"


def test_the_check_passes_nothing_that_its_run_would_pay_from_another_account(database: Database) -> None:
    """A sending is paid by the account that its run names, at the last moment as at the first."""
    (job_id,) = open_runs(database, 1, 1, state=JobState.CLAIMED)
    (sending,) = ask(database, job_id)
    change(database, runs, account="another")
    with database.read() as connection:
        assert not still_permitted(connection, [sending.attempt_id])


@pytest.mark.parametrize("state", [state for state in AttemptState if state is not AttemptState.SENDING])
def test_the_check_passes_no_attempt_in_any_other_state(database: Database, state: AttemptState) -> None:
    (job_id,) = open_runs(database, 1, 1, state=JobState.CLAIMED)
    (sending,) = ask(database, job_id)
    change(database, attempts, state=state)
    with database.read() as connection:
        assert not still_permitted(connection, [sending.attempt_id])


@pytest.mark.parametrize("state", [state for state in RunState if state is not RunState.RUNNING])
def test_the_check_passes_no_run_in_any_other_state(database: Database, state: RunState) -> None:
    (job_id,) = open_runs(database, 1, 1, state=JobState.CLAIMED)
    (sending,) = ask(database, job_id)
    change(database, runs, state=state)
    with database.read() as connection:
        assert not still_permitted(connection, [sending.attempt_id])


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
@pytest.mark.parametrize("table", [runs, accounts], ids=["run", "account"])
def test_a_pause_while_transaction_a_runs_permits_nothing(
    database: Database, open_database: Callable[[], Database], table: sa.Table
) -> None:
    """P22: the statement that reserves asks once more, because a pause may be committed in between.

    SQLite has one writer and no such moment.
    """
    (job_id,) = open_runs(database, 1, 1, state=JobState.CLAIMED)
    other, paused = open_database(), []

    @sa.event.listens_for(database.engine, "before_cursor_execute")
    def pause(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if statement.startswith("INSERT INTO attempts"):
            change(other, table, state="paused")
            paused.append(table.name)

    with pytest.raises(NoRoom):
        ask(database, job_id)
    assert paused == [table.name]
    assert count(database, attempts) == 0
    with database.read() as connection:
        assert connection.execute(sa.select(runs.c.reserved_nanos)).scalar_one() == 0


def test_what_is_permitted_is_set_aside_once_for_each(database: Database) -> None:
    ids = open_runs(database, 1, 3, state=JobState.CLAIMED)
    ask(database, *ids)
    assert ask(database, *job_ids(0, 3)) == []
    with database.read() as connection:
        found = connection.execute(sa.select(runs.c.reserved_nanos, runs.c.float_nanos)).one()
    assert tuple(found) == (3 * EACH.cost.nanos, 3 * EACH.cash_out.nanos)


@pytest.mark.parametrize(("spent", "permitted"), [(0, True), (1, False)])
def test_what_a_run_has_spent_leaves_less_under_its_cap(
    database: Database, spent: int, permitted: bool
) -> None:
    """P22: the cap is on what is spent and what is set aside, together."""
    (job_id,) = open_runs(database, 1, 1, state=JobState.CLAIMED)
    change(database, runs, max_cost_nanos=EACH.cost.nanos, spent_nanos=spent)
    if permitted:
        assert len(ask(database, job_id)) == 1
    else:
        with pytest.raises(NoRoom):
            ask(database, job_id)
