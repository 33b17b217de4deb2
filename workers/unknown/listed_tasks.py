"""What rows of the provider's list of all tasks say of our attempts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from promptrelay.database.attempts import unknown
from promptrelay.database.database import Database
from promptrelay.dataforseo.wire.rows import IdRow
from promptrelay.domain.evidence import Accepted
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.tag import Tag


@dataclass(frozen=True, slots=True)
class ListedTasks:
    """The rows that carry a tag of ours, and what they prove (P7, P10, P11)."""

    new: list[Accepted] = field(default_factory=list)
    """Tasks that were not recorded, whatever the state of their attempt."""
    running: set[str] = field(default_factory=set)
    """Live attempts whose call the provider has not ended: what it costs is not known yet."""
    strangers: int = 0
    """Tasks with our mark that this database knows nothing of (P30)."""


def ours(rows: Iterable[IdRow], deployment: str) -> list[tuple[Tag, IdRow]]:
    """The rows that this deployment wrote, with their tags."""
    return [(tag, row) for row in rows if (tag := Tag.of_ours(row.tag, deployment))]


def read_tasks(database: Database, listed: Sequence[tuple[Tag, IdRow]], *, advance: Usd) -> ListedTasks:
    """What these rows of ours prove beyond what the database knows."""
    with database.read() as connection:
        known = unknown.known_tasks(connection, [row.provider_id for _, row in listed if row.provider_id])
        methods = unknown.methods(connection, {tag.attempt for tag, _ in listed})
    new: list[Accepted] = []
    running: set[str] = set()
    for tag, row in listed:
        method = methods.get(tag.attempt)
        if method is Method.LIVE and row.done_at is None:
            running.add(tag.attempt)
        elif method is not None and row.provider_id and row.provider_id not in known:
            new.append(_accepted(row, row.provider_id, tag.attempt, method, advance))
    strangers = sum(tag.attempt not in methods for tag, _ in listed)
    return ListedTasks(new, running, strangers)


def _accepted(row: IdRow, provider_id: str, attempt_id: str, method: Method, advance: Usd) -> Accepted:
    """The provider took the task, at the listed charge if that is one."""
    cost = row.cost
    if method is Method.STANDARD and (row.done_at is not None or cost is None or cost < advance):
        # Of a task that is done the list may show what it cost in the end, which is not what was charged.
        cost = None
    return Accepted(attempt_id=attempt_id, provider_id=provider_id, cost=cost)
