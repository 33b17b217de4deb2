"""Provider accounts: may they send, what is their balance, what have they spent today."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import accounts
from promptrelay.domain.money import Usd


def pause(connection: sa.Connection, name: str, *, reason: str, resume_at: float | None) -> bool:
    """Stop sending for the account; False when it is paused already, so that the reason is said once."""
    statement = (
        sa.update(accounts)
        .where(accounts.c.name == name, accounts.c.state == "ok")
        .values(state="paused", reason=reason, resume_at=resume_at)
    )
    return connection.execute(statement).rowcount == 1


def resume(connection: sa.Connection, name: str) -> bool:
    """Let the account send again; False when it was not paused."""
    statement = (
        sa.update(accounts)
        .where(accounts.c.name == name, accounts.c.state == "paused")
        .values(state="ok", reason=None, resume_at=None)
    )
    return connection.execute(statement).rowcount == 1


def resume_due(connection: sa.Connection) -> list[str]:
    """Resume the accounts whose pause has an end that has come."""
    statement = (
        sa.update(accounts)
        .where(accounts.c.state == "paused", accounts.c.resume_at <= now())
        .values(state="ok", reason=None, resume_at=None)
        .returning(accounts.c.name)
    )
    return list(connection.execute(statement).scalars())


def set_balance(connection: sa.Connection, name: str, balance: Usd) -> None:
    """Keep what the provider says it holds for us."""
    connection.execute(
        sa.update(accounts)
        .where(accounts.c.name == name)
        .values(balance_nanos=balance.nanos, balance_at=now())
    )


def begin_day(connection: sa.Connection, day: str) -> None:
    """Start the daily cap anew with a new UTC day (`2026-11-21`)."""
    connection.execute(sa.update(accounts).where(accounts.c.day != day).values(day=day, day_nanos=0))


def find(connection: sa.Connection, name: str) -> sa.RowMapping | None:
    """The account's row."""
    return connection.execute(sa.select(accounts).where(accounts.c.name == name)).mappings().first()
