"""What a row of the provider's list of all tasks says of an attempt of ours."""

from __future__ import annotations

from promptrelay.dataforseo.wire.rows import IdRow
from promptrelay.domain.evidence import Accepted
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.tag import Tag


def tag_of_ours(row: IdRow, deployment: str) -> Tag | None:
    """The row's tag if this deployment wrote it; None for a task of somebody else."""
    tag = Tag.parse(row.tag)
    return tag if tag and tag.deployment == deployment else None


def accepted(row: IdRow, attempt_id: str, method: Method, *, advance: Usd) -> Accepted:
    """What a row with the provider's id proves: it took the task, at the listed charge if that is one."""
    assert row.provider_id is not None
    cost = row.cost
    if method is Method.STANDARD and (row.done_at is not None or cost is None or cost < advance):
        # Of a task that is done the list may show what it cost in the end, which is not what was charged.
        cost = None
    return Accepted(attempt_id=attempt_id, provider_id=row.provider_id, cost=cost)
