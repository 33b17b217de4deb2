"""What is known of the tasks at the provider, by the provider's ids (P10)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import provider_tasks
from promptrelay.database.upsert import insert_into
from promptrelay.domain.attempt import Attempt
from promptrelay.domain.evidence import Answered
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import TaskEvidence, Terms

_FACTS = (
    *("accepted", "reported_nanos", "spent_nanos", "failed", "expired", "second"),
    *("answered", "said_nanos", "off_nanos"),
)


def store(connection: sa.Connection, attempts: Iterable[Attempt], *, terms: Terms, seen_at: float) -> None:
    """Insert or update the tasks of these attempts; by their ids, for P31."""
    values = [row for attempt in attempts for row in _rows(attempt, terms, seen_at)]
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


def evidence_in(row: sa.RowMapping) -> TaskEvidence:
    """All that is known of a task, from its row with the method of its attempt."""
    return TaskEvidence(
        method=Method(row["method"]),
        reported=_usd(row["reported_nanos"]),
        accepted=row["accepted"],
        spent=_usd(row["spent_nanos"]),
        failed=row["failed"],
        expired=row["expired"],
        second=row["second"],
        answered=row["answered"],
        said=_usd(row["said_nanos"]),
    )


def _usd(nanos: int | None) -> Usd | None:
    return None if nanos is None else Usd(nanos)


def _rows(attempt: Attempt, terms: Terms, seen_at: float) -> list[dict[str, Any]]:
    off = attempt.off(terms)
    return [
        {
            "provider_id": provider_id,
            "attempt_id": attempt.id,
            "seen_at": seen_at,
            "accepted": task.accepted,
            "reported_nanos": _nanos(task.reported),
            "spent_nanos": _nanos(task.spent),
            "failed": task.failed,
            "expired": task.expired,
            "second": task.second,
            "answered": task.answered,
            "said_nanos": _nanos(task.said),
            "off_nanos": _nanos(off.get(provider_id)),
        }
        for provider_id, task in attempt.tasks.items()
    ]


def _nanos(amount: Usd | None) -> int | None:
    return None if amount is None else amount.nanos
