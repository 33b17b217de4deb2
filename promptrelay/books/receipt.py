"""A run's receipt: every job, every attempt, every cent."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from promptrelay.books.counters import counted, watched
from promptrelay.books.errors import RunUnknown
from promptrelay.books.provider_words import provider_words
from promptrelay.books.signs import waits_of
from promptrelay.books.unknown_charges import cost_differences, unknown_charges
from promptrelay.books.witnesses import bought_for
from promptrelay.database.accounts import accounts
from promptrelay.database.clock import now
from promptrelay.database.database import Database
from promptrelay.database.schema import NO_CAP_NANOS, attempts, jobs, runs
from promptrelay.database.schema import ledger as ledger_table
from promptrelay.domain.job import MOST_DEATHS
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.states import UNFINISHED_RUN, WATCHED_ATTEMPT, AttemptState, JobState

MAX_UNKNOWN_SHOWN = 100


def receipt(database: Database, run_id: str, *, results_url: str = "") -> dict[str, Any]:
    """The receipt as JSON-ready values, all from one state of the database; money as decimal strings in USD.

    charged - refunded = net = spend + waste + held, and + witness in a hidden run's; what `unknown_money` may
    have cost beyond that is `unexplained`. Raises RunUnknown.
    """
    with database.read() as connection:
        run = connection.execute(sa.select(runs).where(runs.c.id == run_id)).mappings().first()
        if run is None:
            raise RunUnknown(run_id)
        money = money_of(connection, run_id)
        unknown = unknown_charges(connection, run_id)
        money["unexplained"] += unknown.unexplained
        return {
            "campaign": run["campaign"],
            "run": run["id"],
            "account": run["account"],
            "account_note": _account_note(connection, run),
            "waits": waits_of(connection) if run["state"] in UNFINISHED_RUN else [],
            "state": run["state"],
            "reason": run["reason"],
            "jobs": _jobs(connection, run_id),
            "attempts": _attempts(connection, run_id),
            "reasons": _reasons(connection, run_id),
            "money": {name: str(amount) for name, amount in money.items()},
            "caps": {"max_cost": _cap(run["max_cost_nanos"]), "max_float": _cap(run["max_float_nanos"])},
            "overspend": str(max(ZERO, money["net"] - money["held"] - Usd(run["max_cost_nanos"]))),
            "unknown_money": unknown.as_json(),
            "cost_differences": cost_differences(connection, run_id),
            "platforms": _platforms(connection, run_id),
            "unknown_attempts": _unknown(connection, run_id),
            "unreadable_answers": _unreadable(connection, run_id),
            "watched_attempts": watched(connection, run_id),
            "recovery": counted(connection, run_id),
            "witnesses": bought_for(connection, run_id),
            "provider_says": provider_words(connection, run_id),
            "created_at": run["created_at"],
            "finished_at": run["finished_at"],
            "purged_at": run["purged_at"],
            "results_url": results_url,
        }


def money_of(connection: sa.Connection, run_id: str) -> dict[str, Usd]:
    """The run's charged, refunded, net, held, waste and unexplained money; of a hidden run `witness` too."""
    provider = ledger_table.c.provider_nanos
    statement = sa.select(
        sa.func.coalesce(sa.func.sum(sa.case((provider < 0, -provider), else_=0)), 0),
        sa.func.coalesce(sa.func.sum(sa.case((provider > 0, provider), else_=0)), 0),
        *(
            sa.func.coalesce(sa.func.sum(ledger_table.c[f"{name}_nanos"]), 0)
            for name in ("held", "waste", "unexplained", "fee", "llm", "witness")
        ),
    ).where(ledger_table.c.run_id == run_id)
    sums = (Usd(int(amount)) for amount in connection.execute(statement).one())
    charged, refunded, held, waste, unexplained, fee, llm, witness = sums
    return {
        "charged": charged,
        "refunded": refunded,
        "net": charged - refunded,
        "held": held,
        "spend": fee + llm,
        "waste": waste,
        "unexplained": unexplained,
        "witness": witness,
    }


def _account_note(connection: sa.Connection, run: sa.RowMapping) -> str | None:
    """Why nothing new is sent for the run's account; None when it sends, or when the run is over."""
    standing = accounts.standing(connection, run["account"]) if run["state"] in UNFINISHED_RUN else None
    return standing.note if standing else None


def _cap(nanos: int) -> str | None:
    return None if nanos >= NO_CAP_NANOS else str(Usd(nanos))


def _jobs(connection: sa.Connection, run_id: str) -> dict[str, int]:
    return _count(connection, jobs.c.state, jobs.c.run_id == run_id)


def _attempts(connection: sa.Connection, run_id: str) -> dict[str, int]:
    return _count(connection, attempts.c.state, attempts.c.run_id == run_id)


def _reasons(connection: sa.Connection, run_id: str) -> dict[str, int]:
    failed = (jobs.c.run_id == run_id) & (jobs.c.state == JobState.FAILED)
    return _count(connection, sa.func.coalesce(jobs.c.reason, "unknown"), failed)


def _count(
    connection: sa.Connection, column: sa.ColumnElement[str], where: sa.ColumnElement[bool]
) -> dict[str, int]:
    statement = sa.select(column, sa.func.count()).where(where).group_by(column).order_by(column)
    return {name: int(count) for name, count in connection.execute(statement)}


def _platforms(connection: sa.Connection, run_id: str) -> dict[str, dict[str, Any]]:
    statement = (
        sa.select(jobs.c.platform, jobs.c.method, jobs.c.state, sa.func.count())
        .where(jobs.c.run_id == run_id)
        .group_by(jobs.c.platform, jobs.c.method, jobs.c.state)
        .order_by(jobs.c.platform, jobs.c.method, jobs.c.state)
    )
    net = _net_by_platform(connection, run_id)
    found: dict[str, dict[str, Any]] = {}
    for platform, method, state, count in connection.execute(statement):
        entry = found.setdefault(
            platform, {"jobs": 0, "answers": 0, "net": str(net[platform]), "methods": [], "results": {}}
        )
        entry["jobs"] += int(count)
        entry["answers"] += int(count) if state == JobState.DONE else 0
        entry["results"][state] = entry["results"].get(state, 0) + int(count)
        if method not in entry["methods"]:
            entry["methods"].append(method)
    return found


def _net_by_platform(connection: sa.Connection, run_id: str) -> dict[str, Usd]:
    statement = (
        sa.select(ledger_table.c.platform, sa.func.sum(ledger_table.c.provider_nanos))
        .where(ledger_table.c.run_id == run_id)
        .group_by(ledger_table.c.platform)
    )
    sums = {platform: -Usd(int(amount)) for platform, amount in connection.execute(statement)}
    return defaultdict(Usd, sums)


def _unreadable(connection: sa.Connection, run_id: str) -> int:
    """Answers of which so many workers died that they are looked at once a day only."""
    statement = sa.select(sa.func.count()).where(
        attempts.c.run_id == run_id,
        attempts.c.state.in_(WATCHED_ATTEMPT),
        attempts.c.deaths >= MOST_DEATHS,
    )
    return int(connection.execute(statement).scalar_one())


def _unknown(connection: sa.Connection, run_id: str) -> list[dict[str, Any]]:
    statement = (
        sa.select(attempts.c.id, attempts.c.job_id, now() - attempts.c.created_at, attempts.c.searches)
        .where(attempts.c.run_id == run_id, attempts.c.state == AttemptState.UNKNOWN)
        .order_by(attempts.c.id)
        .limit(MAX_UNKNOWN_SHOWN)
    )
    return [
        {"attempt": attempt, "job": job, "age_s": round(float(age), 1), "not_found": searches}
        for attempt, job, age, searches in connection.execute(statement)
    ]
