"""A small campaign written straight into the tables, and what its books say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.attempts import recording
from promptrelay.database.database import Database
from promptrelay.database.schema import accounts, attempts, jobs, ledger, provider_tasks, runs
from promptrelay.domain.evidence import Accepted, Answered, Evidence, Failed, Placement
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Terms
from promptrelay.domain.states import OPEN_ATTEMPT, AttemptState, JobState, RunState

ACCOUNT = "main"
RUN = "01RUN000000000000000000000"
RESERVED, CASH_OUT = Usd.of("0.05"), Usd.of("0.0102")
COST = Usd.of("0.0102")
TERMS = Terms()


@dataclass
class HeldClock:
    """A clock that stands still until it is moved."""

    at: float = 1_000_000.0

    def now(self) -> float:
        return self.at

    def boottime(self) -> float:
        return self.at

    def boot_id(self) -> str:
        return "one"

    def sleep(self, seconds: float) -> None:
        self.at += seconds


def open_books(database: Database, *, run_state: RunState = RunState.RUNNING) -> None:
    """An account and a run, without jobs."""
    with database.write() as connection:
        connection.execute(sa.insert(accounts).values(name=ACCOUNT))
        connection.execute(
            sa.insert(runs).values(
                id=RUN,
                account=ACCOUNT,
                campaign="trial",
                fingerprint="f" * 32,
                generation=1,
                state=run_state,
                options={},
                created_at=1.0,
                reserve_standard_nanos=RESERVED.nanos,
                reserve_float_nanos=CASH_OUT.nanos,
                reserve_live_nanos=RESERVED.nanos,
            )
        )


def add_job(
    database: Database,
    number: int = 0,
    *,
    state: JobState = JobState.QUEUED,
    method: Method = Method.STANDARD,
) -> str:
    """A job of the run."""
    job_id = f"{number:032x}"
    with database.write() as connection:
        connection.execute(
            sa.insert(jobs).values(
                id=job_id,
                run_id=RUN,
                position=number,
                platform="chat_gpt",
                method=method,
                model="m",
                parameters={},
                row_no=number,
                repeat=0,
                state=state,
                due_at=0.0,
            )
        )
    return job_id


def send(database: Database, job_id: str, *, method: Method = Method.STANDARD) -> str:
    """Begin an attempt at the job as transaction A does: the job in flight, the money reserved."""
    attempt_id = new_id()
    with database.write() as connection:
        connection.execute(sa.update(jobs).where(jobs.c.id == job_id).values(state=JobState.IN_FLIGHT))
        connection.execute(
            sa.insert(attempts).values(
                id=attempt_id,
                job_id=job_id,
                run_id=RUN,
                account=ACCOUNT,
                platform="chat_gpt",
                method=method,
                model="m",
                state=AttemptState.SENDING,
                created_at=1.0,
                send_by=31.0,
                boot_id="one",
                boot_s=1.0,
                reserved_nanos=RESERVED.nanos,
                float_nanos=CASH_OUT.nanos,
            )
        )
        connection.execute(
            sa.update(runs).values(
                reserved_nanos=runs.c.reserved_nanos + RESERVED.nanos,
                float_nanos=runs.c.float_nanos + CASH_OUT.nanos,
            )
        )
    return attempt_id


def write_off(database: Database, attempt_id: str) -> None:
    """Declare an unknown attempt absent, as recovery does with permission: the job is due again."""
    with database.write() as connection:
        unknown = sa.and_(attempts.c.id == attempt_id, attempts.c.state == AttemptState.UNKNOWN)
        changed = connection.execute(sa.update(attempts).where(unknown).values(state=AttemptState.ABSENT))
        if changed.rowcount == 0:
            return
        job_id = sa.select(attempts.c.job_id).where(attempts.c.id == attempt_id).scalar_subquery()
        connection.execute(
            sa.update(jobs)
            .where(jobs.c.id == job_id, jobs.c.state == JobState.IN_FLIGHT)
            .values(state=JobState.QUEUED, tries=jobs.c.tries + 1)
        )
        connection.execute(
            sa.update(runs).values(
                reserved_nanos=runs.c.reserved_nanos - RESERVED.nanos,
                float_nanos=runs.c.float_nanos - CASH_OUT.nanos,
            )
        )


def record(database: Database, *evidence: Evidence, max_tries: int = 2) -> recording.Recorded:
    """One transaction with this evidence."""
    with database.write() as connection:
        return recording.record(connection, evidence, terms=TERMS, max_tries=max_tries)


def accepted(attempt_id: str, provider_id: str = "p1", cost: Usd | None = COST) -> Accepted:
    return Accepted(attempt_id=attempt_id, provider_id=provider_id, cost=cost)


def answered(attempt_id: str, provider_id: str = "p1", spent: str = "0.0071") -> Answered:
    return Answered(
        attempt_id=attempt_id,
        provider_id=provider_id,
        spent=Usd.of(spent),
        status_code=20000,
        placement=Placement(f"segment-of-{provider_id}", 1, "0" * 64),
        received_at=5.0,
    )


def failed(attempt_id: str, provider_id: str = "p1", *, expired: bool = False) -> Failed:
    code = 40403 if expired else 40101
    return Failed(
        attempt_id=attempt_id, provider_id=provider_id, status_code=code, retry_in_s=0.0, expired=expired
    )


def balances_of(database: Database, attempt_id: str) -> dict[str, int]:
    """What the ledger holds for the attempt, in nano-dollars by ledger account."""
    names = ("provider", "held", "fee", "llm", "waste")
    sums = [sa.func.coalesce(sa.func.sum(ledger.c[f"{name}_nanos"]), 0) for name in names]
    with database.read() as connection:
        found = connection.execute(sa.select(*sums).where(ledger.c.attempt_id == attempt_id)).one()
    return dict(zip(names, map(int, found), strict=True))


def whole(database: Database) -> dict[str, Any]:
    """Every row of every table that evidence may change."""
    with database.read() as connection:
        return {
            table.name: sorted(map(repr, connection.execute(sa.select(table)).all()))
            for table in (accounts, runs, jobs, attempts, provider_tasks, ledger)
        }


def check_books(database: Database) -> None:
    """What is true of the money at every moment (P5, P21, P22)."""
    with database.read() as connection:
        rows = connection.execute(sa.select(ledger)).mappings().all()
        for row in rows:
            assert sum(value for name, value in row.items() if name.endswith("_nanos")) == 0
        steps = [(row["attempt_id"], row["sequence"]) for row in rows]
        assert len(set(steps)) == len(steps)
        states = {row.id: row for row in connection.execute(sa.select(attempts))}
        run = connection.execute(sa.select(runs)).mappings().one()
        day = connection.execute(sa.select(accounts.c.day_nanos)).scalar_one()
    is_open = {key for key, row in states.items() if row.state in OPEN_ATTEMPT}
    closed_rows = [row for row in rows if row["attempt_id"] not in is_open]
    reserved = sum(states[key].reserved_nanos for key in is_open)
    cash_out = sum(states[key].float_nanos for key in is_open)
    assert run["reserved_nanos"] == reserved
    assert run["spent_nanos"] == -sum(row["provider_nanos"] for row in closed_rows)
    assert run["float_nanos"] == cash_out + sum(row["held_nanos"] for row in closed_rows)
    assert day == -sum(row["provider_nanos"] for row in rows)
    open_jobs = [states[key].job_id for key in is_open]
    assert len(set(open_jobs)) == len(open_jobs)
