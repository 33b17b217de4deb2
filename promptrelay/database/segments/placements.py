"""Where the answers of provider tasks lie, for proving them and for putting lost ones back (P18)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import attempts, provider_tasks, runs, segments
from promptrelay.domain.evidence import Placement

_COLUMNS = (
    *(provider_tasks.c[name] for name in ("provider_id", "segment", "line_no", "line_sha256")),
    *(provider_tasks.c[name] for name in ("spent_nanos", "said_nanos")),
    *(attempts.c[name] for name in ("id", "job_id", "run_id", "account", "platform", "method", "state")),
    runs.c.purge_at,
)


def stored(connection: sa.Connection, run_id: str, *, after: str, most: int) -> Sequence[sa.RowMapping]:
    """A slice of the run's provider tasks that have a stored answer, each with its attempt."""
    statement = (
        _joined()
        .where(
            attempts.c.run_id == run_id,
            provider_tasks.c.segment.is_not(None),
            provider_tasks.c.provider_id > after,
        )
        .order_by(provider_tasks.c.provider_id)
        .limit(most)
    )
    return connection.execute(statement).mappings().all()


def of_tasks(connection: sa.Connection, provider_ids: Collection[str]) -> Sequence[sa.RowMapping]:
    """These provider tasks with their attempts, stored or not; strangers are left out."""
    statement = _joined().where(provider_tasks.c.provider_id.in_(provider_ids))
    return connection.execute(statement.order_by(provider_tasks.c.provider_id)).mappings().all()


def move(connection: sa.Connection, row: sa.RowMapping | Mapping[str, Any], new: Placement) -> bool:
    """Point the task at another copy of its answer, if it still points where it was read."""
    statement = (
        sa.update(provider_tasks)
        .where(
            provider_tasks.c.provider_id == row["provider_id"],
            provider_tasks.c.segment == row["segment"],
            provider_tasks.c.line_no == row["line_no"],
            provider_tasks.c.line_sha256 == row["line_sha256"],
        )
        .values(segment=new.segment, line_no=new.line_no, line_sha256=new.line_sha256)
    )
    return connection.execute(statement).rowcount == 1


def forget_unreferred(connection: sa.Connection, keys: Collection[str]) -> None:
    """Forget those of the segments that no task points at any more."""
    referred = sa.exists().where(provider_tasks.c.segment == segments.c.key)
    connection.execute(sa.delete(segments).where(segments.c.key.in_(sorted(keys)), ~referred))


def _joined() -> sa.Select[tuple[object, ...]]:
    return sa.select(*_COLUMNS).select_from(
        provider_tasks.join(attempts, attempts.c.id == provider_tasks.c.attempt_id).join(
            runs, runs.c.id == attempts.c.run_id
        )
    )
