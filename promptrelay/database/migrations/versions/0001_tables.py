"""Runs, jobs, attempts, the ledger, and what belongs to them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

# P5: the states in which an attempt is open, as this version knew them.
_OPEN = sa.text("state IN ('sending', 'sent', 'unknown', 'withheld')")


def upgrade() -> None:
    _deployment()
    _accounts()
    _runs()
    _rows()
    _jobs()
    _deliveries()
    _attempts()
    _provider_tasks()
    _ledger()
    _segments()
    _upkeep()
    _models()
    _readings()


def _deployment() -> None:
    op.create_table(
        "deployment",
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _accounts() -> None:
    op.create_table(
        "accounts",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), server_default="ok", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("cause", sa.String(length=16)),
        sa.Column("paused_at", sa.Float()),
        sa.Column("resume_at", sa.Float()),
        sa.Column("needed_nanos", sa.BigInteger()),
        sa.Column("balance_nanos", sa.BigInteger()),
        sa.Column("balance_at", sa.Float()),
        sa.Column("booked_since_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(
            "balance_floor_nanos", sa.BigInteger(), server_default="-4611686018427387904", nullable=False
        ),
        sa.Column("daily_cap_nanos", sa.BigInteger(), server_default="4611686018427387904", nullable=False),
        sa.Column("day", sa.String(length=10), server_default="", nullable=False),
        sa.Column("day_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("post_number", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("known_until", sa.Float()),
        sa.PrimaryKeyConstraint("name"),
    )


def _runs() -> None:
    op.create_table(
        "runs",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("campaign", sa.String(length=128), nullable=False),
        sa.Column("fingerprint", sa.String(length=32), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("priority", sa.Integer(), server_default="0", nullable=False),
        sa.Column("weight", sa.Integer(), server_default="1", nullable=False),
        sa.Column("options", sa.JSON(), nullable=False),
        sa.Column("max_cost_nanos", sa.BigInteger(), server_default="4611686018427387904", nullable=False),
        sa.Column("max_float_nanos", sa.BigInteger(), server_default="4611686018427387904", nullable=False),
        sa.Column("spent_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserved_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("float_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserve_standard_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserve_float_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reserve_live_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("finished_at", sa.Float()),
        sa.Column("manifest", sa.Text()),
        sa.Column("purge_at", sa.Float()),
        sa.Column("purged_at", sa.Float()),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("account", "fingerprint", "generation"),
    )
    op.create_index("runs_by_campaign", "runs", ["campaign", "created_at"])
    op.create_index("runs_by_state", "runs", ["state"])


def _rows() -> None:
    op.create_table(
        "rows",
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("row_id", sa.Text(), nullable=False),
        sa.Column("line_no", sa.Integer(), nullable=False),
        sa.Column("prompt", sa.Text(), nullable=False),
        sa.Column("user_tag", sa.Text()),
        sa.Column("variables", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "row_no"),
    )


def _jobs() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("parameters", sa.JSON(), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("repeat", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.Column("lease_until", sa.Float()),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("reason", sa.String(length=16)),
        sa.Column("status_code", sa.Integer()),
        sa.Column("answered_by", sa.String(length=26)),
        sa.Column("taken", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("deaths", sa.Integer(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("jobs_by_run_state", "jobs", ["run_id", "state"])
    op.create_index("jobs_by_state", "jobs", ["state", "platform", "method"])
    op.create_index(
        "jobs_suspected",
        "jobs",
        ["platform", "method", "state"],
        sqlite_where=sa.text("deaths > 0"),
        postgresql_where=sa.text("deaths > 0"),
    )
    op.create_index("jobs_by_turn", "jobs", ["run_id", "platform", "method", "state", "position"])


def _deliveries() -> None:
    op.create_table(
        "deliveries",
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("row_no", sa.Integer(), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.PrimaryKeyConstraint("job_id", "row_no"),
    )
    op.create_index("deliveries_by_run", "deliveries", ["run_id", "row_no"])


def _attempts() -> None:
    op.create_table(
        "attempts",
        sa.Column("id", sa.String(length=26), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("method", sa.String(length=8), nullable=False),
        sa.Column("model", sa.String(length=128), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("waste", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("created_at", sa.Float(), nullable=False),
        sa.Column("send_by", sa.Float(), nullable=False),
        sa.Column("boot_id", sa.String(length=64), nullable=False),
        sa.Column("boot_s", sa.Float(), nullable=False),
        sa.Column("provider_id", sa.String(length=64)),
        sa.Column("posted_at", sa.Float()),
        sa.Column("received_at", sa.Float()),
        sa.Column("settled_at", sa.Float()),
        sa.Column("due_at", sa.Float()),
        sa.Column("fetch_until", sa.Float()),
        sa.Column("looks", sa.Integer(), server_default="0", nullable=False),
        sa.Column("taken", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("deaths", sa.Integer(), server_default="0", nullable=False),
        sa.Column("searches", sa.Integer(), server_default="0", nullable=False),
        sa.Column("searched_at", sa.Float()),
        sa.Column("status_code", sa.Integer()),
        sa.Column("reserved_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("float_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("attempts_by_job", "attempts", ["job_id"])
    op.create_index("attempts_by_look", "attempts", ["state", "due_at"])
    op.create_index("attempts_by_run", "attempts", ["run_id", "state"])
    settled = sa.text("settled_at IS NOT NULL")
    op.create_index(
        "attempts_by_settling",
        "attempts",
        ["run_id", "settled_at", "id"],
        sqlite_where=settled,
        postgresql_where=settled,
    )
    op.create_index(
        "attempts_taken",
        "attempts",
        ["fetch_until"],
        sqlite_where=sa.text("taken"),
        postgresql_where=sa.text("taken"),
    )
    op.create_index(
        "one_open_attempt", "attempts", ["job_id"], unique=True, sqlite_where=_OPEN, postgresql_where=_OPEN
    )


def _provider_tasks() -> None:
    op.create_table(
        "provider_tasks",
        sa.Column("provider_id", sa.String(length=64), nullable=False),
        sa.Column("attempt_id", sa.String(length=26), nullable=False),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.Column("accepted", sa.Boolean(), server_default=sa.true(), nullable=False),
        sa.Column("reported_nanos", sa.BigInteger()),
        sa.Column("spent_nanos", sa.BigInteger()),
        sa.Column("failed", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("expired", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("second", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("segment", sa.Text()),
        sa.Column("line_no", sa.Integer()),
        sa.Column("line_sha256", sa.String(length=64)),
        sa.Column("received_at", sa.Float()),
        sa.PrimaryKeyConstraint("provider_id"),
    )
    op.create_index("provider_tasks_by_attempt", "provider_tasks", ["attempt_id"])
    op.create_index("provider_tasks_by_segment", "provider_tasks", ["segment"])


def _ledger() -> None:
    op.create_table(
        "ledger",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("attempt_id", sa.String(length=26)),
        sa.Column("sequence", sa.Integer()),
        sa.Column("run_id", sa.String(length=26)),
        sa.Column("platform", sa.String(length=16)),
        sa.Column("step", sa.String(length=16), nullable=False),
        sa.Column("booked_at", sa.Float(), nullable=False),
        sa.Column("provider_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("held_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("fee_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("llm_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("waste_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("topup_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("unexplained_nanos", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("attempt_id", "sequence"),
        sa.CheckConstraint(
            "provider_nanos + held_nanos + fee_nanos + llm_nanos + waste_nanos"
            " + topup_nanos + unexplained_nanos = 0",
            name="sums_to_zero",
        ),
    )
    op.create_index("ledger_by_run", "ledger", ["run_id", "platform"])


def _segments() -> None:
    op.create_table(
        "segments",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("stored_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index("segments_by_run", "segments", ["run_id", "platform"])


def _upkeep() -> None:
    op.create_table(
        "upkeep",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("due_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("name"),
    )


def _models() -> None:
    op.create_table(
        "models",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("platform", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=128), nullable=False),
        sa.Column("reasoning", sa.Boolean()),
        sa.Column("web_search", sa.Boolean()),
        sa.Column("task_post", sa.Boolean()),
        sa.Column("seen_at", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("account", "platform", "name"),
    )


def _readings() -> None:
    op.create_table(
        "readings",
        sa.Column("account", sa.String(length=64), nullable=False),
        sa.Column("read_at", sa.Float(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("account"),
    )
