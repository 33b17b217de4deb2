"""The tables of schedules: what fires when, what became of each time, and what its run was made from.

Their times (`_at`) are the schedules' time, which is the database's but in tests.
"""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.columns import NO_CAP_NANOS, metadata
from promptrelay.database.columns import money as _money

# What runs of a schedule are made from, whatever becomes of the file.
campaign_versions = sa.Table(
    "campaign_versions",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    # The same for the same content; NULL while its rows are being written.
    sa.Column("content", sa.String(32), unique=True),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("campaign", sa.String(128), nullable=False),
    # What people may want to compare.
    sa.Column("options", sa.JSON, nullable=False),
    sa.Column("targets", sa.JSON, nullable=False),
    sa.Column("repeats", sa.Integer, nullable=False),
    sa.Column("keep_duplicates", sa.Boolean, nullable=False),
)

version_rows = sa.Table(
    "version_rows",
    metadata,
    sa.Column("version_id", sa.String(26), primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),
    sa.Column("row_id", sa.Text, nullable=False),
    sa.Column("line_no", sa.Integer, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("prompt_hash", sa.String(32), nullable=False),
    sa.Column("user_tag", sa.Text),
    sa.Column("variables", sa.JSON, nullable=False),
    # Only where they are not the version's.
    sa.Column("targets", sa.JSON),
    sa.Index("version_rows_by_prompt", "version_id", "prompt_hash"),
)

schedules = sa.Table(
    "schedules",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("name", sa.String(128), nullable=False),
    sa.Column("campaign", sa.String(128), nullable=False),
    sa.Column("file", sa.Text, nullable=False),
    # What the command line said of the campaign.
    sa.Column("given", sa.JSON, nullable=False),
    sa.Column("cron", sa.String(255)),
    sa.Column("every_s", sa.Integer),
    sa.Column("anchor_at", sa.Float, nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("start_at", sa.Float),
    sa.Column("end_at", sa.Float),
    sa.Column("jitter_s", sa.Integer, nullable=False, server_default="0"),
    sa.Column("misfire", sa.String(8), nullable=False),
    sa.Column("misfire_max", sa.Integer, nullable=False),
    sa.Column("overlap", sa.String(8), nullable=False),
    _money("monthly_cap_nanos", NO_CAP_NANOS),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("made_at", sa.Float, nullable=False),
    # The last time that came, whatever became of it.
    sa.Column("last_at", sa.Float),
    # The next time, what the clock on the wall will show then, and when it fires with its jitter.
    sa.Column("next_at", sa.Float),
    sa.Column("next_wall", sa.String(32)),
    sa.Column("due_at", sa.Float),
    sa.Index(
        "one_schedule_of_a_name",
        "account",
        "name",
        unique=True,
        sqlite_where=sa.text("state <> 'removed'"),
        postgresql_where=sa.text("state <> 'removed'"),
    ),
    sa.Index("schedules_by_turn", "state", "due_at"),
)

fires = sa.Table(
    "fires",
    metadata,
    # The time itself, without jitter: whoever inserts it fires it.
    sa.Column("schedule_id", sa.String(26), primary_key=True),
    sa.Column("fire_at", sa.Float, primary_key=True),
    sa.Column("wall", sa.String(32), nullable=False),
    sa.Column("zone", sa.String(64), nullable=False),
    sa.Column("month", sa.String(7), nullable=False),
    sa.Column("made_at", sa.Float, nullable=False),
    sa.Column("by_hand", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("run_id", sa.String(26)),
    sa.Column("version_id", sa.String(26)),
    sa.Column("previous_version_id", sa.String(26)),
    sa.Column("prompts_added", sa.Integer),
    sa.Column("prompts_removed", sa.Integer),
    _money("p50_nanos"),
    _money("p90_nanos"),
    sa.Index("fires_by_run", "run_id"),
    sa.Index("fires_by_outcome", "outcome", "schedule_id"),
)
