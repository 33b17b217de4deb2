"""Transaction A: the last permission before a paid call (P1, P4, P5, P22), and the check after it (P2)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import sqlalchemy as sa

from promptrelay.database.accounts import post_numbers
from promptrelay.database.accounts.accounts import set_aside
from promptrelay.database.attempts.claims import Kind
from promptrelay.database.clock import database_time, now
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import accounts, attempts, jobs, rows, runs
from promptrelay.domain.clock import BootTime, CarriedTime
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState, JobState, RunState


@dataclass(frozen=True, slots=True)
class Reservation:
    """What attempts set aside under their run's caps."""

    cost: Usd
    cash_out: Usd

    def __add__(self, other: Reservation) -> Reservation:
        return Reservation(self.cost + other.cost, self.cash_out + other.cash_out)


@dataclass(frozen=True, slots=True)
class Sending:
    """An attempt that may be sent now, with what is to be sent."""

    attempt_id: str
    job_id: str
    run_id: str
    model: str
    prompt: str
    parameters: dict[str, Any]
    permitted: CarriedTime
    """When it was permitted, by the database's clock."""
    post_number: int = 0
    """The number of the paid call that it belongs to (P30)."""


_NOTHING = Reservation(ZERO, ZERO)
_UNKNOWN_NANOS = -(2**61)
"""A balance that nobody knows: below every floor, and above the absence of one."""


class NoRoom(Exception):
    """The run's caps or the provider account's limits leave no room for this many attempts."""


def permit(
    connection: sa.Connection,
    job_ids: Sequence[str],
    *,
    account: str,
    kind: Kind,
    moment: BootTime,
    send_window_s: float,
    highest: int = 0,
    next_id: Callable[[], str] = new_id,
) -> list[Sending]:
    """Create an attempt in `sending` for each job of the kind that is still claimed and whose run is running
    and the account's own: a sending is paid by the account that its run names, whatever a message says.

    Each sets aside what its own run says. `highest` is the highest number of a paid call that anybody has
    seen (P30), `next_id` names the attempts. Raises NoRoom, and the caller rolls back and takes fewer (P22),
    and DatabaseBehind.
    """
    # Asked again by `_number`; asked first, a paused account costs no inserts that are rolled back.
    paused = sa.select(accounts.c.name).where(accounts.c.name == account, accounts.c.state != "ok")
    if connection.execute(paused).first():
        return []
    found = _take(connection, account, kind, job_ids)
    if not found:
        return []
    permitted = CarriedTime(database_time(connection), moment.boot_s)
    sendings = [
        Sending(next_id(), row.id, row.run_id, row.model, row.prompt, row.parameters, permitted)
        for row in found
    ]
    aside = [Reservation(Usd(row.aside_nanos), Usd(row.out_nanos)) for row in found]
    connection.execute(
        sa.insert(attempts),
        [
            {
                "id": sending.attempt_id,
                "job_id": sending.job_id,
                "run_id": sending.run_id,
                "account": account,
                "platform": row.platform,
                "method": row.method,
                "model": sending.model,
                "state": AttemptState.SENDING,
                "boot_id": moment.boot_id,
                "boot_s": moment.boot_s,
                "reserved_nanos": one.cost.nanos,
                "float_nanos": one.cash_out.nanos,
                "created_at": permitted.at,
                "send_by": permitted.at + send_window_s,
            }
            for sending, row, one in zip(sendings, found, aside, strict=True)
        ],
    )
    by_run: dict[str, Reservation] = {}
    for sending, one in zip(sendings, aside, strict=True):
        by_run[sending.run_id] = by_run.get(sending.run_id, _NOTHING) + one
    for run_id in sorted(by_run):
        _reserve(connection, run_id, by_run[run_id])
    number = _number(connection, account, highest)
    return [replace(sending, post_number=number) for sending in sendings]


def _take(connection: sa.Connection, account: str, kind: Kind, job_ids: Sequence[str]) -> Sequence[Any]:
    platform, method = kind
    running = sa.select(runs.c.id).where(runs.c.state == RunState.RUNNING, runs.c.account == account)
    wanted = sa.and_(
        jobs.c.id.in_(job_ids),
        jobs.c.state == JobState.CLAIMED,
        jobs.c.platform == platform,
        jobs.c.method == method,
        jobs.c.run_id.in_(running),
    )
    statement = (
        sa.update(jobs)
        .where(jobs.c.id.in_(lock_in_order(connection, jobs, wanted)), wanted)
        .values(state=JobState.IN_FLIGHT, lease_until=None)
        .returning(jobs.c.id)
    )
    taken = list(connection.execute(statement).scalars())
    is_live = jobs.c.method == Method.LIVE
    aside = sa.case((is_live, runs.c.reserve_live_nanos), else_=runs.c.reserve_standard_nanos)
    out = sa.case((is_live, runs.c.reserve_live_nanos), else_=runs.c.reserve_float_nanos)
    # Not joined: PostgreSQL may read all rows of the run for each job, and all runs for all jobs.
    beside = {
        "prompt": sa.select(rows.c.prompt).where(
            rows.c.run_id == jobs.c.run_id, rows.c.row_no == jobs.c.row_no
        ),
        "aside_nanos": sa.select(aside).where(runs.c.id == jobs.c.run_id),
        "out_nanos": sa.select(out).where(runs.c.id == jobs.c.run_id),
    }
    found = connection.execute(
        sa.select(jobs, *(one.correlate(jobs).scalar_subquery().label(name) for name, one in beside.items()))
        .where(jobs.c.id.in_(taken))
        .order_by(jobs.c.id)
    ).all()
    return [row for row in found if row.prompt is not None]


def _reserve(connection: sa.Connection, run_id: str, wanted: Reservation) -> None:
    """P22: one conditional statement asks the run and its caps, and reserves."""
    cost, cash_out = wanted.cost.nanos, wanted.cash_out.nanos
    statement = (
        sa.update(runs)
        .where(
            runs.c.id == run_id,
            runs.c.state == RunState.RUNNING,
            runs.c.spent_nanos + runs.c.reserved_nanos + cost <= runs.c.max_cost_nanos,
            runs.c.float_nanos + cash_out <= runs.c.max_float_nanos,
        )
        .values(
            reserved_nanos=runs.c.reserved_nanos + cost,
            float_nanos=runs.c.float_nanos + cash_out,
        )
    )
    if connection.execute(statement).rowcount != 1:
        raise NoRoom(run_id)


def _number(connection: sa.Connection, account: str, highest: int) -> int:
    """P22, P30: asks the account, its daily cap and its floor under its row's lock, and numbers the call.

    The lock comes first and the sum after it, in a statement of its own: on PostgreSQL a statement that
    waited for a lock would go on with the sum from before the wait.
    """
    connection.execute(sa.select(accounts.c.name).where(accounts.c.name == account).with_for_update())
    out = int(connection.execute(set_aside().where(runs.c.account == account)).scalar_one())
    left = sa.func.coalesce(accounts.c.balance_nanos - accounts.c.booked_since_nanos, _UNKNOWN_NANOS)
    may_spend = sa.and_(
        accounts.c.state == "ok",
        accounts.c.day_nanos + out <= accounts.c.daily_cap_nanos,
        left - out >= accounts.c.balance_floor_nanos,
    )
    number = post_numbers.draw(connection, account, highest=highest, may_spend=may_spend)
    if number is None:
        raise NoRoom(account)
    return number


def still_permitted(connection: sa.Connection, attempt_ids: Sequence[str]) -> bool:
    """P2, P11: whether every attempt is still `sending`, its job wants it, and run and account go on."""
    statement = (
        sa.select(sa.func.count())
        .select_from(attempts)
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .join(runs, runs.c.id == attempts.c.run_id)
        .join(accounts, accounts.c.name == attempts.c.account)
        .where(
            attempts.c.id.in_(attempt_ids),
            attempts.c.state == AttemptState.SENDING,
            jobs.c.state == JobState.IN_FLIGHT,
            runs.c.state == RunState.RUNNING,
            runs.c.account == attempts.c.account,
            accounts.c.state == "ok",
        )
    )
    return connection.execute(statement).scalar_one() == len(attempt_ids)


def unresolved(
    connection: sa.Connection, boot_id: str, boot_s: float, *, deadline_s: float, window_s: float
) -> list[str]:
    """Attempts still `sending` past send_by and the call's deadline: their outcome is unknown (P27)."""
    by_boot_clock = sa.or_(attempts.c.boot_id != boot_id, attempts.c.boot_s + window_s + deadline_s < boot_s)
    statement = sa.select(attempts.c.id).where(
        attempts.c.state == AttemptState.SENDING, attempts.c.send_by + deadline_s < now(), by_boot_clock
    )
    return list(connection.execute(statement).scalars())
