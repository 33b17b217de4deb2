"""What is known of the tasks at the provider, by the provider's ids (P10)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import provider_tasks
from promptrelay.database.upsert import insert_into
from promptrelay.domain.evidence import Answered
from promptrelay.domain.money import Usd
from promptrelay.domain.postings import TaskEvidence

_FACTS = ("accepted", "reported_nanos", "spent_nanos", "failed", "expired", "second")


def store(
    connection: sa.Connection, tasks: Mapping[str, Mapping[str, TaskEvidence]], *, seen_at: float
) -> None:
    """Insert or update these tasks, given by attempt and provider id; by their ids, for P31."""
    values = [
        _row(attempt_id, key, task, seen_at) for attempt_id, own in tasks.items() for key, task in own.items()
    ]
    if not values:
        return
    values.sort(key=lambda row: str(row["provider_id"]))
    statement = insert_into(connection, provider_tasks)
    statement = statement.on_conflict_do_update(
        index_elements=["provider_id"],
        set_={name: statement.excluded[name] for name in _FACTS},
        # A task is of one attempt: whoever named it first keeps the row.
        where=provider_tasks.c.attempt_id == statement.excluded.attempt_id,
    )
    connection.execute(statement, values)


def owners(connection: sa.Connection, provider_ids: Collection[str]) -> dict[str, str]:
    """Whose attempt's each of these tasks is, as far as they are recorded."""
    statement = sa.select(provider_tasks.c.provider_id, provider_tasks.c.attempt_id).where(
        provider_tasks.c.provider_id.in_(provider_ids)
    )
    return {row.provider_id: row.attempt_id for row in connection.execute(statement)}


def place(connection: sa.Connection, answer: Answered) -> None:
    """Record where the answer lies; an earlier copy of it that is kept already stays the one that counts."""
    statement = (
        sa.update(provider_tasks)
        .where(provider_tasks.c.provider_id == answer.provider_id, provider_tasks.c.segment.is_(None))
        .values(
            segment=answer.placement.segment,
            line_no=answer.placement.line_no,
            line_sha256=answer.placement.line_sha256,
            received_at=answer.received_at,
        )
    )
    connection.execute(statement)


def _row(attempt_id: str, provider_id: str, task: TaskEvidence, seen_at: float) -> dict[str, Any]:
    return {
        "provider_id": provider_id,
        "attempt_id": attempt_id,
        "seen_at": seen_at,
        "accepted": task.accepted,
        "reported_nanos": _nanos(task.reported),
        "spent_nanos": _nanos(task.spent),
        "failed": task.failed,
        "expired": task.expired,
        "second": task.second,
    }


def _nanos(amount: Usd | None) -> int | None:
    return None if amount is None else amount.nanos
