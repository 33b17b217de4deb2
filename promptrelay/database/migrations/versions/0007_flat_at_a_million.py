"""Indexes by which the clock finds what is due without reading what is not."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.drop_index("attempts_by_look", "attempts")
    op.drop_index("attempts_taken", "attempts")
    _partial("attempts_taken", "attempts", ["state", "fetch_until"], "taken")
    op.create_index(
        "attempts_by_state", "attempts", ["state", "platform", "method", "account", "model", "id"]
    )
    _partial("attempts_due", "attempts", ["due_at", "account"], "due_at IS NOT NULL")
    _partial("attempts_due_by_posting", "attempts", ["posted_at", "account"], "due_at IS NOT NULL")
    twin = "settled_at IS NOT NULL AND due_at IS NOT NULL"
    _partial("attempts_with_twin", "attempts", ["run_id", "due_at"], twin)
    _partial("attempts_with_twin_by_kind", "attempts", ["platform", "method", "account", "model"], twin)
    _partial("runs_reserving", "runs", ["account", "reserved_nanos"], "reserved_nanos <> 0")
    _partial("runs_unwritten", "runs", ["state", "account"], "manifest IS NULL AND purge_at IS NULL")
    op.create_index("runs_by_standard_reserve", "runs", ["account", "reserve_standard_nanos"])
    op.create_index("runs_by_live_reserve", "runs", ["account", "reserve_live_nanos"])


def _partial(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
