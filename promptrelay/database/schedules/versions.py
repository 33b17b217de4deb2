"""Versions of campaigns: what a file said, kept so that a run is loaded without the file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import campaign_versions, fires, runs, schedules, version_rows
from promptrelay.domain.schedule import ScheduleState
from promptrelay.domain.states import RunState

_FORGOTTEN_AFTER_S = 86_400.0


def find_content(connection: sa.Connection, content: str) -> str | None:
    """The version with that content, if its rows are all there."""
    statement = sa.select(campaign_versions.c.id).where(campaign_versions.c.content == content)
    return connection.execute(statement).scalar_one_or_none()


def find(connection: sa.Connection, version_id: str) -> sa.RowMapping:
    """The version of that id, which must be there."""
    statement = sa.select(campaign_versions).where(campaign_versions.c.id == version_id)
    return connection.execute(statement).mappings().one()


def is_kept(connection: sa.Connection, version_id: str) -> bool:
    """Whether the version's prompts are there; purging its runs deletes them."""
    kept = sa.and_(campaign_versions.c.id == version_id, campaign_versions.c.content.is_not(None))
    return connection.execute(sa.select(campaign_versions.c.id).where(kept)).first() is not None


def hold(connection: sa.Connection, version_id: str) -> bool:
    """Whether the version's rows are there; if so they stay until the transaction ends."""
    statement = sa.select(campaign_versions.c.content).where(campaign_versions.c.id == version_id)
    return connection.execute(statement.with_for_update()).scalar_one_or_none() is not None


def begin(connection: sa.Connection, values: dict[str, Any]) -> None:
    """A version whose rows are to be written; those whose writer died a day ago are forgotten."""
    unfinished = campaign_versions.c.content.is_(None)
    old = sa.select(campaign_versions.c.id).where(
        unfinished, campaign_versions.c.made_at < now() - _FORGOTTEN_AFTER_S
    )
    for version_id in list(connection.execute(old).scalars()):
        drop(connection, version_id)
    connection.execute(sa.insert(campaign_versions).values(**values, made_at=now()))


def insert_rows(connection: sa.Connection, values: Sequence[dict[str, Any]]) -> None:
    """Write a slice of the version's rows."""
    if values:
        connection.execute(sa.insert(version_rows), list(values))


def complete(connection: sa.Connection, version_id: str, content: str) -> None:
    """All rows are there. Raises IntegrityError when another version with that content was faster."""
    mine = campaign_versions.c.id == version_id
    connection.execute(sa.update(campaign_versions).where(mine).values(content=content))


def drop(connection: sa.Connection, version_id: str) -> None:
    """Forget a version that no run was made from."""
    connection.execute(sa.delete(version_rows).where(version_rows.c.version_id == version_id))
    connection.execute(sa.delete(campaign_versions).where(campaign_versions.c.id == version_id))


def rows_after(connection: sa.Connection, version_id: str, row_no: int, most: int) -> list[dict[str, Any]]:
    """The version's next rows, in their order."""
    statement = (
        sa.select(version_rows)
        .where(version_rows.c.version_id == version_id, version_rows.c.row_no > row_no)
        .order_by(version_rows.c.row_no)
        .limit(most)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def forget_of_run(connection: sa.Connection, run_id: str, most: int) -> int:
    """Delete a slice of the prompts that the run's version keeps, unless something still needs them.

    That is another run that is not being purged, or a schedule whose newest version it is. 0 when none
    is left.
    """
    version_id = connection.execute(
        sa.select(runs.c.version_id).where(runs.c.id == run_id)
    ).scalar_one_or_none()
    if version_id is None or _is_needed(connection, version_id):
        return 0
    return _forget(connection, version_id, most)


def forget_loaded(connection: sa.Connection, version_id: str, most: int) -> int:
    """Delete a slice of a version that was kept for loading alone; 0 when none is left, or it is needed.

    A schedule's version stays, to tell what has changed since; so does one that a run is loaded from.
    """
    hold(connection, version_id)
    scheduled = sa.select(fires.c.version_id).where(fires.c.version_id == version_id)
    loading = sa.select(runs.c.id).where(runs.c.version_id == version_id, runs.c.state == RunState.LOADING)
    for needed in (scheduled, loading):
        if connection.execute(needed.limit(1)).first() is not None:
            return 0
    return _forget(connection, version_id, most)


def _forget(connection: sa.Connection, version_id: str, most: int) -> int:
    # From now on no run is made from it (see `hold`), and what is left of it is dropped some day.
    mine = campaign_versions.c.id == version_id
    connection.execute(sa.update(campaign_versions).where(mine).values(content=None, options={}, targets=[]))
    chosen = sa.select(version_rows.c.row_no).where(version_rows.c.version_id == version_id).limit(most)
    statement = sa.delete(version_rows).where(
        version_rows.c.version_id == version_id, version_rows.c.row_no.in_(chosen)
    )
    return connection.execute(statement).rowcount


def _is_needed(connection: sa.Connection, version_id: str) -> bool:
    hold(connection, version_id)
    users = sa.select(runs.c.id).where(runs.c.version_id == version_id, runs.c.purge_at.is_(None))
    if connection.execute(users.limit(1)).first() is not None:
        return True
    newest = sa.select(sa.func.max(fires.c.run_id)).group_by(fires.c.schedule_id)
    kept = (
        sa.select(schedules.c.id)
        .join(fires, fires.c.schedule_id == schedules.c.id)
        .where(
            fires.c.version_id == version_id,
            fires.c.run_id.in_(newest),
            schedules.c.state != ScheduleState.REMOVED,
        )
    )
    return connection.execute(kept.limit(1)).first() is not None


def count_new(connection: sa.Connection, version_id: str, other_id: str) -> int:
    """How many rows of the version have a prompt that the other version lacks."""
    statement = sa.select(sa.func.count()).select_from(version_rows).where(_new(version_id, other_id))
    return connection.execute(statement).scalar_one()


def new_prompts(connection: sa.Connection, version_id: str, other_id: str, most: int) -> list[dict[str, Any]]:
    """The first rows of the version whose prompt the other version lacks: `row_id` and `prompt`."""
    statement = (
        sa.select(version_rows.c.row_id, version_rows.c.prompt)
        .where(_new(version_id, other_id))
        .order_by(version_rows.c.row_no)
        .limit(most)
    )
    return [dict(row) for row in connection.execute(statement).mappings()]


def _new(version_id: str, other_id: str) -> sa.ColumnElement[bool]:
    other = version_rows.alias()
    known = sa.exists().where(
        other.c.version_id == other_id, other.c.prompt_hash == version_rows.c.prompt_hash
    )
    return sa.and_(version_rows.c.version_id == version_id, ~known)
