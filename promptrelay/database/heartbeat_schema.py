"""The table of heartbeats: which processes are there, what they serve, and what they wait for."""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.columns import metadata

heartbeats = sa.Table(
    "heartbeats",
    metadata,
    # Of one start of one process: a process id comes again.
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("host", sa.String(255), nullable=False),
    sa.Column("pid", sa.Integer, nullable=False),
    sa.Column("queues", sa.JSON, nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("version", sa.String(64), nullable=False),
    sa.Column("started_at", sa.Float, nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    # By how much the host's wall clock is ahead of the database's.
    sa.Column("ahead_s", sa.Float, nullable=False, server_default="0"),
    sa.Column("waits_for", sa.JSON, nullable=False),
    sa.Index("heartbeats_by_seen", "seen_at"),
)
