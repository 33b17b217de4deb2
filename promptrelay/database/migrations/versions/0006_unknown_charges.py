"""Answers whose charge is unknown, and what else the provider said that a task cost."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.add_column("attempts", sa.Column("told_nanos", sa.BigInteger()))
    op.add_column(
        "attempts", sa.Column("has_unknown_charge", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column(
        "provider_tasks", sa.Column("answered", sa.Boolean(), server_default=sa.false(), nullable=False)
    )
    op.add_column("provider_tasks", sa.Column("said_nanos", sa.BigInteger()))
    op.add_column("provider_tasks", sa.Column("off_nanos", sa.BigInteger()))
    # Until now every answer had a charge, known or not.
    tasks = sa.table("provider_tasks", sa.column("answered", sa.Boolean), sa.column("spent_nanos"))
    op.execute(sa.update(tasks).where(tasks.c.spent_nanos.is_not(None)).values(answered=True))
