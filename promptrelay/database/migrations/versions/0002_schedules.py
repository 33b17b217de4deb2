"""Schedules, their times, and the versions of campaigns that their runs are made from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    _campaign_versions()
    _schedules()
    _fires()


def _campaign_versions() -> None:
    op.create_table(
        "campaign_versions",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("content", sa.String(length=32)),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("campaign", sa.String(length=128), nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON(), nullable=False),
        sa.Column("repeats", sa.Integer(), nullable=False),
        sa.Column("keep_duplicates", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("content"),
    )
    op.create_table(
        "version_rows",
        sa.Column("version_id", sa.String(length=26), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("prompt_hash", sa.String(length=32), nullable=False),
        sa.Column("user_tag", sa.Text()),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.Column("targets", sa.JSON()),
        sa.PrimaryKeyConstraint("version_id", "row_no"),
    )
    op.create_index("version_rows_by_prompt", "version_rows", ["version_id", "prompt_hash"])


def _schedules() -> None:
    op.create_table(
        "schedules",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("campaign", sa.String(length=128), nullable=False),
        sa.Column("file", sa.Text(), nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("cron", sa.String(length=255)),
        sa.Column("every_s", sa.Integer()),
        sa.Column("anchor_at", sa.Float(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("start_at", sa.Float()),
        sa.Column("end_at", sa.Float()),
        sa.Column("jitter_s", sa.Integer(), server_default="0", nullable=False),
        sa.Column("misfire", sa.String(length=8), nullable=False),
        sa.Column("misfire_max", sa.Integer(), nullable=False),
        sa.Column("overlap", sa.String(length=8), nullable=False),
        sa.Column("monthly_cap_nanos", sa.BigInteger(), server_default="4611686018427387904", nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("last_at", sa.Float()),
        sa.Column("next_at", sa.Float()),
        sa.Column("next_wall", sa.String(length=32)),
        sa.Column("due_at", sa.Float()),
        sa.PrimaryKeyConstraint("id"),
    )
    named = sa.text("state <> 'removed'")
    op.create_index(
        "one_schedule_of_a_name",
        "schedules",
        ["account", "name"],
        unique=True,
        sqlite_where=named,
        postgresql_where=named,
    )
    op.create_index("schedules_by_turn", "schedules", ["state", "due_at"])


def _fires() -> None:
    op.create_table(
        "fires",
        sa.Column("schedule_id", sa.String(length=26), nullable=False),
        sa.Column("fire_at", sa.Float(), nullable=False),
        sa.Column("wall", sa.String(length=32), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("made_at", sa.Float(), nullable=False),
        sa.Column("by_hand", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("run_id", sa.String(length=26)),
        sa.Column("version_id", sa.String(length=26)),
        sa.Column("previous_version_id", sa.String(length=26)),
        sa.Column("prompts_added", sa.Integer()),
        sa.Column("prompts_removed", sa.Integer()),
        sa.Column("p50_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("p90_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("loaded_row", sa.Integer(), server_default="0", nullable=False),
        sa.Column("loaded_jobs", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("schedule_id", "fire_at"),
    )
    op.create_index("fires_by_run", "fires", ["run_id"])
    op.create_index("fires_by_outcome", "fires", ["outcome", "schedule_id"])
