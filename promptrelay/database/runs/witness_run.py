"""An account's hidden run: its jobs are sent only to be listed, for searches of other runs (P14).

No list of runs shows it. What its jobs cost stands in the ledger account `witness`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.runs import runs as all_runs
from promptrelay.database.runs.loading import insert_rows, insert_run
from promptrelay.database.runs.pausing import is_operators
from promptrelay.database.schema import attempts, jobs, runs, witnesses
from promptrelay.domain.ids import digest, new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import JobState, RunState

CAMPAIGN = "(witness)"
PROMPT = "Reply with the one word: here."
_PRIORITY = 1_000_000
"""Above all campaigns: others wait for it, and it is one task."""
_ROW_NO = 1
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class Question:
    """Whom to ask, and with what."""

    platform: Platform
    model: str
    parameters: Mapping[str, Any]


def buy(
    connection: sa.Connection, account: str, question: Question, *, reserve: Usd, served: Collection[str]
) -> str | None:
    """Make a job due in the account's hidden run, for the searches of these runs; its id.

    None while an operator has paused that run. Transaction A and the check decide whether it is sent.
    """
    run_id = _open_run(connection, account, reserve)
    if run_id is None:
        return None
    number = 1 + int(
        connection.execute(
            sa.select(sa.func.count()).select_from(jobs).where(jobs.c.run_id == run_id)
        ).scalar_one()
    )
    job_id = digest({"run": run_id, "witness": number})
    job = {
        "id": job_id,
        "run_id": run_id,
        "position": number,
        "platform": question.platform.value,
        "method": Method.STANDARD.value,
        "model": question.model,
        "parameters": dict(question.parameters),
        "row_no": _ROW_NO,
        "repeat": number,
        "state": JobState.QUEUED,
        "due_at": 0.0,
    }
    insert_rows(connection, [_row(run_id)])
    connection.execute(sa.insert(jobs).values(job))  # Without a delivery: it is nobody's answer.
    connection.execute(
        sa.insert(witnesses), [{"run_id": run, "job_id": job_id} for run in sorted(set(served))]
    )
    return job_id


def _open_run(connection: sa.Connection, account: str, reserve: Usd) -> str | None:
    """The hidden run, running: the newest one, or a new one when that was cancelled or purged."""
    fingerprint = digest({"witness of": account})
    last = all_runs.latest(connection, account, fingerprint)
    if last is None or last["state"] == RunState.CANCELLED or last["purge_at"] is not None:
        generation = 1 if last is None else last["generation"] + 1
        run_id = new_id()
        if not insert_run(connection, _run(run_id, account, fingerprint, generation)):
            return None  # Another search was faster.
    elif last["state"] == RunState.PAUSED and is_operators(last["reason"]):
        return None
    else:
        run_id = last["id"]
    # Also one that runs is written, so that whoever is about to finish it waits and looks again.
    lock_in_order(connection, runs, runs.c.id == run_id)
    aside = dict.fromkeys(
        ("reserve_standard_nanos", "reserve_float_nanos", "reserve_live_nanos"), reserve.nanos
    )
    connection.execute(
        sa.update(runs)
        .where(runs.c.id == run_id)
        .values(state=RunState.RUNNING, reason=None, finished_at=None, manifest=None, **aside)
    )
    return run_id


def _run(run_id: str, account: str, fingerprint: str, generation: int) -> dict[str, Any]:
    return {
        "id": run_id,
        "account": account,
        "campaign": CAMPAIGN,
        "fingerprint": fingerprint,
        "generation": generation,
        "priority": _PRIORITY,
        "options": {},
        "witness": True,
    }


def _row(run_id: str) -> dict[str, Any]:
    return {
        "run_id": run_id,
        "row_no": _ROW_NO,
        "row_id": "witness",
        "line_no": _ROW_NO,
        "prompt": PROMPT,
        "user_tag": None,
        "variables": {},
    }


def withdraw(connection: sa.Connection, account: str) -> int:
    """Cancel what was bought, is not sent yet and is not needed any more; how many jobs that were."""
    own = sa.select(runs.c.id).where(runs.c.account == account, runs.c.witness)
    queued = sa.and_(jobs.c.run_id.in_(own), jobs.c.state == JobState.QUEUED)
    ids = lock_in_order(connection, jobs, queued)
    if not ids:
        return 0
    statement = sa.update(jobs).where(jobs.c.id.in_(ids), queued).values(state=JobState.CANCELLED)
    return connection.execute(statement).rowcount


def waiting(connection: sa.Connection, account: str) -> int:
    """How many bought witnesses of the account wait to be sent now."""
    statement = (
        sa.select(sa.func.count())
        .select_from(jobs)
        .join(runs, runs.c.id == jobs.c.run_id)
        .where(
            runs.c.account == account,
            runs.c.witness,
            runs.c.state == RunState.RUNNING,
            jobs.c.state == JobState.QUEUED,
            jobs.c.due_at <= now(),
        )
    )
    return int(connection.execute(statement).scalar_one())


def failures(connection: sa.Connection, account: str) -> dict[Platform, int]:
    """How many of the last day's witnesses ended without an answer, by platform: the next asks another."""
    statement = (
        sa.select(jobs.c.platform, sa.func.count())
        .join(runs, runs.c.id == jobs.c.run_id)
        .join(attempts, attempts.c.job_id == jobs.c.id)
        .where(
            runs.c.account == account,
            runs.c.witness,
            jobs.c.state == JobState.FAILED,
            attempts.c.created_at > now() - _DAY_S,
        )
        .group_by(jobs.c.platform)
    )
    return {Platform(platform): int(count) for platform, count in connection.execute(statement)}
