"""Every run is loaded from a version of its campaign: how far, stands with the run."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.add_column("runs", sa.Column("version_id", sa.String(length=26)))
    for name in ("loaded_row", "loaded_jobs"):
        op.add_column("runs", sa.Column(name, sa.Integer(), server_default="0", nullable=False))
    op.execute(
        "UPDATE runs SET (version_id, loaded_row, loaded_jobs) = "
        "(SELECT version_id, loaded_row, loaded_jobs FROM fires WHERE fires.run_id = runs.id) "
        "WHERE id IN (SELECT run_id FROM fires WHERE version_id IS NOT NULL)"
    )
    for name in ("loaded_row", "loaded_jobs"):
        op.drop_column("fires", name)
    op.create_index("runs_by_version", "runs", ["version_id"])
