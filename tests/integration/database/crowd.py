"""Several runs with jobs and prompts, for tests in which many send at once."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from promptrelay.database.attempts.permission import Reservation, Sending, permit
from promptrelay.database.database import Database
from promptrelay.database.schema import NO_CAP_NANOS, accounts, jobs, rows, runs
from promptrelay.domain.clock import BootTime
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import JobState, RunState
from tests.integration.database.books import ACCOUNT

EACH = Reservation(Usd.of("0.035"), Usd.of("0.0102"))
MOMENT = BootTime("one", 1.0)


def run_ids(count: int) -> list[str]:
    return [f"01RUN{number:021d}" for number in range(count)]


def job_ids(run_no: int, count: int) -> list[str]:
    return [f"{run_no:04x}{number:028x}" for number in range(count)]


def open_runs(
    database: Database,
    count: int,
    jobs_each: int,
    *,
    state: JobState = JobState.QUEUED,
    max_cost: Usd | None = None,
    daily_cap: Usd | None = None,
) -> list[str]:
    """Runs with that many jobs each, written in an order that is not that of their ids; all job ids."""
    with database.write() as connection:
        cap = NO_CAP_NANOS if daily_cap is None else daily_cap.nanos
        connection.execute(sa.insert(accounts).values(name=ACCOUNT, daily_cap_nanos=cap))
        for run_no, run_id in reversed(list(enumerate(run_ids(count)))):
            connection.execute(sa.insert(runs).values(_run(run_id, run_no, max_cost)))
            ids = list(enumerate(job_ids(run_no, jobs_each)))
            connection.execute(
                sa.insert(rows),
                [
                    {
                        "run_id": run_id,
                        "row_no": n,
                        "row_id": str(n),
                        "line_no": n,
                        "prompt": "?",
                        "variables": {},
                    }
                    for n, _ in ids
                ],
            )
            connection.execute(sa.insert(jobs), [_job(run_id, n, key, state) for n, key in reversed(ids)])
    return [key for run_no in range(count) for key in job_ids(run_no, jobs_each)]


def _run(run_id: str, run_no: int, max_cost: Usd | None) -> dict[str, object]:
    return {
        "id": run_id,
        "account": ACCOUNT,
        "campaign": "trial",
        "fingerprint": f"{run_no:032x}",
        "generation": 1,
        "state": RunState.RUNNING,
        "options": {},
        "created_at": 1.0,
        "max_cost_nanos": NO_CAP_NANOS if max_cost is None else max_cost.nanos,
        "reserve_standard_nanos": EACH.cost.nanos,
        "reserve_float_nanos": EACH.cash_out.nanos,
        "reserve_live_nanos": EACH.cost.nanos,
    }


def _job(run_id: str, number: int, key: str, state: JobState) -> dict[str, object]:
    return {
        "id": key,
        "run_id": run_id,
        "position": number,
        "platform": "chat_gpt",
        "method": Method.STANDARD,
        "model": "m",
        "parameters": {},
        "row_no": number,
        "repeat": 0,
        "state": state,
        "due_at": 0.0,
    }


def kind_of(connection: sa.Connection, job_id: str) -> tuple[str, str]:
    """The job's platform and method, as the message that hands it out has them."""
    found = connection.execute(sa.select(jobs.c.platform, jobs.c.method).where(jobs.c.id == job_id)).one()
    return found.platform, found.method


def permit_jobs(connection: sa.Connection, ids: Sequence[str]) -> list[Sending]:
    """Transaction A of a worker of their kind."""
    kind = kind_of(connection, ids[0])
    return permit(connection, ids, account=ACCOUNT, kind=kind, moment=MOMENT, send_window_s=30.0)
