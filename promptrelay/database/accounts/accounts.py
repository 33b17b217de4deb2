"""Provider accounts: may they send, what is their balance, what have they spent today."""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa

from promptrelay.database.accounts import post_numbers
from promptrelay.database.accounts.post_numbers import BEHIND
from promptrelay.database.clock import database_time, now
from promptrelay.database.presence import any_row
from promptrelay.database.schema import NO_CAP_NANOS, accounts, jobs, runs
from promptrelay.domain.account.pause import Cause
from promptrelay.domain.account.standing import AccountStanding
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.states import JobState, RunState

_OK = {"state": "ok", "reason": None, "cause": None, "paused_at": None, "resume_at": None}


def pause(
    connection: sa.Connection,
    name: str,
    *,
    reason: str,
    resume_at: float | None,
    cause: Cause = Cause.OPERATOR,
    needed: Usd | None = None,
) -> bool:
    """Stop sending for the account; False when it is paused already, so that the reason is said once.

    An operator's pause takes the place of any other, so that nothing but a command ends it.
    """
    may_change = accounts.c.state == "ok"
    if cause is Cause.OPERATOR and post_numbers.pause_after(connection, name, paused=True):
        return True
    if cause is Cause.OPERATOR:
        may_change = sa.or_(may_change, accounts.c.cause != Cause.OPERATOR)
    statement = (
        sa.update(accounts)
        .where(accounts.c.name == name, may_change)
        .values(
            state="paused",
            reason=reason,
            cause=cause,
            paused_at=now(),
            resume_at=resume_at,
            needed_nanos=None if needed is None else needed.nanos,
        )
    )
    return connection.execute(statement).rowcount == 1


def resume(connection: sa.Connection, name: str, *, cause: Cause | None = None) -> bool:
    """Let the account send again; False when it was not paused, or not for that cause."""
    if cause in (None, Cause.OPERATOR):
        post_numbers.pause_after(connection, name, paused=False)
    statement = sa.update(accounts).where(accounts.c.name == name, accounts.c.state == "paused")
    if cause is not None:
        statement = statement.where(accounts.c.cause == cause)
    return connection.execute(statement.values(**_OK, needed_nanos=None)).rowcount == 1


def set_goal(connection: sa.Connection, name: str, *, needed: Usd, resume_at: float | None) -> None:
    """Say which balance ends a pause for want of money, or when it is tried all the same."""
    connection.execute(
        sa.update(accounts)
        .where(accounts.c.name == name, accounts.c.cause == Cause.FUNDS)
        .values(needed_nanos=needed.nanos, resume_at=resume_at)
    )


def set_balance(
    connection: sa.Connection, name: str, balance: Usd | None, *, booked_before: Usd = ZERO
) -> None:
    """Keep what the provider says it holds for us; None: it answered and did not say.

    What was booked after asking, unlike `booked_before`, may not be in its figure yet and still counts.
    """
    connection.execute(
        sa.update(accounts)
        .where(accounts.c.name == name)
        .values(
            balance_nanos=None if balance is None else balance.nanos,
            balance_at=now(),
            booked_since_nanos=accounts.c.booked_since_nanos - booked_before.nanos,
        )
    )


def is_new_day(connection: sa.Connection) -> bool:
    """Whether an account's day is another than the UTC day of the database's clock."""
    other = sa.select(accounts.c.name).where(accounts.c.day != _today(connection)).limit(1)
    return connection.execute(other).first() is not None


def begin_day(connection: sa.Connection) -> bool:
    """Start the daily cap anew with a new UTC day of the database's clock; False when it is none."""
    today = _today(connection)
    statement = sa.update(accounts).where(accounts.c.day != today).values(day=today, day_nanos=0)
    return connection.execute(statement).rowcount > 0


def _today(connection: sa.Connection) -> str:
    return datetime.fromtimestamp(database_time(connection), UTC).date().isoformat()


def find(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    """The account's row."""
    return connection.execute(sa.select(accounts).where(accounts.c.name == name)).mappings().first()


def set_aside() -> sa.Select[int]:
    """The sum that runs set aside, over the few that set anything aside; say of which account."""
    reserving = runs.c.reserved_nanos != sa.literal_column("0")
    return sa.select(sa.func.coalesce(sa.func.sum(runs.c.reserved_nanos), 0)).where(reserving)


def standing(connection: sa.Connection, name: str) -> AccountStanding | None:
    """The account with what is set aside for it, all from one state of the database."""
    return next(iter(standings(connection, name)), None)


def standings(connection: sa.Connection, name: str | None = None) -> list[AccountStanding]:
    """Every account, or the one of that name."""
    out = set_aside().where(runs.c.account == accounts.c.name).scalar_subquery()
    statement = sa.select(accounts, out.label("out_nanos"), _one().label("one_nanos")).order_by(
        accounts.c.name
    )
    if name is not None:
        statement = statement.where(accounts.c.name == name)
    return [_standing(row) for row in connection.execute(statement).mappings()]


def _one() -> sa.ColumnElement[int]:
    """The most that an attempt of a running run sets aside; while none runs, of any that ever ran (P22)."""
    standard, live = runs.c.reserve_standard_nanos, runs.c.reserve_live_nanos
    own = runs.c.account == accounts.c.name
    dearest = sa.func.max(_dearer(standard, live))
    running = sa.select(dearest).where(own, runs.c.state == RunState.RUNNING).scalar_subquery()
    # Each from the end of an index of its own.
    ever = [
        sa.func.coalesce(sa.select(sa.func.max(one)).where(own).scalar_subquery(), 0)
        for one in (standard, live)
    ]
    return sa.func.coalesce(running, _dearer(*ever))


def _dearer(one: sa.ColumnElement[int], other: sa.ColumnElement[int]) -> sa.ColumnElement[int]:
    return sa.case((other > one, other), else_=one)


def _standing(row: sa.RowMapping) -> AccountStanding:
    floor, cap = row["balance_floor_nanos"], row["daily_cap_nanos"]
    return AccountStanding(
        name=row["name"],
        cause=_cause(row),
        reason=row["reason"],
        paused_at=row["paused_at"],
        resume_at=row["resume_at"],
        needed=_usd(row["needed_nanos"]),
        balance=_usd(row["balance_nanos"]),
        answered_at=row["balance_at"],
        booked_since=Usd(row["booked_since_nanos"]),
        out=Usd(int(row["out_nanos"])),
        one=Usd(row["one_nanos"]),
        floor=None if floor <= -NO_CAP_NANOS else Usd(floor),
        daily_cap=None if cap >= NO_CAP_NANOS else Usd(cap),
        spent_today=Usd(row["day_nanos"]),
    )


def _cause(row: sa.RowMapping) -> Cause | None:
    if row["state"] == BEHIND:
        return Cause.BEHIND
    return None if row["state"] == "ok" else Cause(row["cause"] or Cause.OPERATOR)


def _usd(nanos: int | None) -> Usd | None:
    return None if nanos is None else Usd(nanos)


def is_wanted(connection: sa.Connection, name: str) -> bool:
    """Whether a running run of the account has jobs that wait to be sent."""
    waiting = any_row(jobs, jobs.c.run_id == runs.c.id, jobs.c.state.in_((JobState.QUEUED, JobState.CLAIMED)))
    statement = sa.select(runs.c.id).where(runs.c.account == name, runs.c.state == RunState.RUNNING, waiting)
    return connection.execute(statement.limit(1)).first() is not None
