"""The growing number of an account's paid calls: it tells a database that went back in time (P30)."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.errors import DatabaseBehind
from promptrelay.database.schema import accounts, attempts, deployment
from promptrelay.domain.account.pause import BY_OPERATOR, Cause

BEHIND = "behind"
"""The state of an account whose database does not know all that was sent for it."""
_OPERATORS = sa.case((accounts.c.cause == Cause.OPERATOR, Cause.OPERATOR.value), else_=None)
_REASON = (
    "this database is older than what was sent with it (it knows {own} paid calls, {highest} were made): "
    "nothing is sent until the workers have read what is missing from the provider; keep the stack running"
)


def draw(
    connection: sa.Connection, account: str, *, highest: int, may_spend: sa.ColumnElement[bool]
) -> int | None:
    """The number of the next paid call; None when the account may not spend now.

    The caller holds the account's row. Raises DatabaseBehind, and nothing was drawn, when a higher number
    than all of this database's has been seen.
    """
    statement = (
        sa.update(accounts)
        .where(accounts.c.name == account, accounts.c.post_number >= highest, may_spend)
        .values(post_number=accounts.c.post_number + 1)
        .returning(accounts.c.post_number)
    )
    number = connection.execute(statement).scalar_one_or_none()
    if number is None and current(connection, account) < highest:
        raise DatabaseBehind(highest)
    return number


def current(connection: sa.Connection, account: str) -> int:
    """The highest number that this database has given out for the account."""
    statement = sa.select(accounts.c.post_number).where(accounts.c.name == account)
    return int(connection.execute(statement).scalar_one_or_none() or 0)


def fall_behind(connection: sa.Connection, account: str, *, highest: int, look_after_s: float) -> bool:
    """Stop sending for the account because its database went back in time; False when it is known already.

    After `look_after_s` the provider lists whatever was still on its way now.
    """
    own = current(connection, account)
    statement = (
        sa.update(accounts)
        .where(accounts.c.name == account, accounts.c.state != BEHIND)
        .values(
            state=BEHIND,
            # An operator's pause comes back once it has caught up; any other cause shows itself again.
            cause=_OPERATORS,
            needed_nanos=None,
            reason=_REASON.format(own=own, highest=highest),
            resume_at=now() + look_after_s,
            # Kept until it has caught up: what is adopted meanwhile must not hide the rest.
            known_until=sa.func.coalesce(accounts.c.known_until, known_until(connection, account)),
        )
    )
    return connection.execute(statement).rowcount == 1


def known_until(connection: sa.Connection, account: str) -> float:
    """The last moment of which this database surely knows what was sent."""
    last_sent = sa.select(sa.func.max(attempts.c.created_at)).where(
        attempts.c.account == account, attempts.c.posted_at.is_not(None)
    )
    began = sa.select(sa.func.min(deployment.c.created_at))
    found = connection.execute(
        sa.select(sa.func.coalesce(last_sent.scalar_subquery(), began.scalar_subquery()))
    )
    return float(found.scalar_one() or 0.0)


@dataclass(frozen=True, slots=True)
class Gap:
    """What was sent in between is not in the database; `wait_s` until the provider lists all of it."""

    since: float
    until: float
    wait_s: float


def gap(connection: sa.Connection, account: str) -> Gap | None:
    """What must be read from the provider before anything is sent; None: the database is not behind."""
    statement = sa.select(accounts.c.known_until, now(), accounts.c.resume_at - now()).where(
        accounts.c.name == account, accounts.c.state == BEHIND
    )
    found = connection.execute(statement).one_or_none()
    return None if found is None else Gap(found[0], float(found[1]), max(0.0, float(found[2])))


def pause_after(connection: sa.Connection, account: str, *, paused: bool) -> bool:
    """Say whether an account that is behind is paused once it has caught up; False: it is not behind."""
    statement = (
        sa.update(accounts)
        .where(accounts.c.name == account, accounts.c.state == BEHIND)
        .values(cause=Cause.OPERATOR if paused else None)
    )
    return connection.execute(statement).rowcount == 1


def catch_up(connection: sa.Connection, account: str, *, highest: int) -> bool:
    """Let the account send again, with numbers above the highest ever seen; False when it was not behind."""
    statement = (
        sa.update(accounts)
        .where(accounts.c.name == account, accounts.c.state == BEHIND)
        .values(
            state=sa.case((accounts.c.cause == Cause.OPERATOR, "paused"), else_="ok"),
            reason=sa.case((accounts.c.cause == Cause.OPERATOR, BY_OPERATOR), else_=None),
            resume_at=None,
            known_until=None,
            post_number=sa.case(
                (accounts.c.post_number > highest, accounts.c.post_number), else_=sa.literal(highest)
            ),
        )
    )
    return connection.execute(statement).rowcount == 1
