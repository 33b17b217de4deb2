"""Whose turn it is: an account's piece of upkeep is given out once until it is due again."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import upkeep
from promptrelay.database.upsert import insert_into


def take_turn(connection: sa.Connection, account: str, name: str, *, every_s: float) -> bool:
    """Whether it is due; then it is the caller's, and due again after `every_s`."""
    statement = insert_into(connection, upkeep).values(name=_of(account, name), due_at=now() + every_s)
    statement = statement.on_conflict_do_update(
        index_elements=["name"], set_={"due_at": now() + every_s}, where=upkeep.c.due_at <= now()
    )
    return bool(connection.execute(statement.returning(upkeep.c.name)).first())


def resting(connection: sa.Connection, account: str) -> set[str]:
    """What of the account's is not due yet: nobody has to write to find that out."""
    statement = sa.select(upkeep.c.name).where(
        upkeep.c.due_at > now(), upkeep.c.name.startswith(_of(account, ""), autoescape=True)
    )
    return {name.partition("/")[2] for name in connection.execute(statement).scalars()}


def set_turn(connection: sa.Connection, account: str, name: str, *, in_s: float) -> None:
    """Say when the piece of upkeep is due again: 0 gives its turn back early."""
    ours = upkeep.c.name == _of(account, name)
    connection.execute(sa.update(upkeep).where(ours).values(due_at=now() + in_s))


def _of(account: str, name: str) -> str:
    return f"{account}/{name}"
