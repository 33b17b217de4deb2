"""Every index by which the clock finds work begins with the account that does it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"

_TWIN = "settled_at IS NOT NULL AND due_at IS NOT NULL"


def upgrade() -> None:
    _again("attempts_by_state", ["state", "account", "platform", "method", "model", "id"])
    _again("attempts_due", ["account", "due_at"], "due_at IS NOT NULL")
    _again("attempts_due_by_posting", ["account", "posted_at"], "due_at IS NOT NULL")
    _again("attempts_with_twin_by_kind", ["account", "platform", "method", "model"], _TWIN)


def _again(name: str, columns: list[str], where: str | None = None) -> None:
    op.drop_index(name, "attempts")
    only = None if where is None else sa.text(where)
    op.create_index(name, "attempts", columns, sqlite_where=only, postgresql_where=only)
