"""A provider account on one sheet: what the provider last said, what we booked, and the limits of our own."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.schema import NO_CAP_NANOS, accounts, ledger, runs
from promptrelay.domain.money import ZERO, Usd


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSheet:
    """One provider account now; None where nothing is known or no limit is set."""

    account: str
    state: str = "ok"
    reason: str | None = None
    balance: Usd | None = None
    balance_age_s: float | None = None
    booked: Usd = ZERO
    """Our ledger's account `provider`: top-ups less all that was taken."""
    held: Usd = ZERO
    """Advances that are still out."""
    reserved: Usd = ZERO
    """Set aside for attempts that are open."""
    today: Usd = ZERO
    day: str = ""
    daily_cap: Usd | None = None
    floor: Usd | None = None


def account_sheet(database: Database, account: str) -> AccountSheet:
    """The account's sheet, all from one state of the database; an account without a row is empty."""
    with database.read() as connection:
        row = connection.execute(sa.select(accounts).where(accounts.c.name == account)).mappings().first()
        booked, held = _sums(connection, account)
        reserved = connection.execute(
            sa.select(sa.func.coalesce(sa.func.sum(runs.c.reserved_nanos), 0)).where(
                runs.c.account == account
            )
        ).scalar_one()
        now = database_time(connection)
    if row is None:
        return AccountSheet(account=account, booked=booked, held=held)
    cap, floor = row["daily_cap_nanos"], row["balance_floor_nanos"]
    known = row["balance_nanos"]
    return AccountSheet(
        account=account,
        state=row["state"],
        reason=row["reason"],
        balance=None if known is None else Usd(known),
        balance_age_s=None if row["balance_at"] is None else round(now - row["balance_at"], 1),
        booked=booked,
        held=held,
        reserved=Usd(int(reserved)),
        today=Usd(row["day_nanos"]),
        day=row["day"],
        daily_cap=None if cap >= NO_CAP_NANOS else Usd(cap),
        floor=None if floor <= -NO_CAP_NANOS else Usd(floor),
    )


def _sums(connection: sa.Connection, account: str) -> tuple[Usd, Usd]:
    sums = (sa.func.coalesce(sa.func.sum(ledger.c[f"{name}_nanos"]), 0) for name in ("provider", "held"))
    booked, held = connection.execute(sa.select(*sums).where(ledger.c.account == account)).one()
    return Usd(int(booked)), Usd(int(held))
