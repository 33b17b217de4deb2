"""The tables: campaigns' runs, their jobs, the attempts at them, and the ledger.

Money is whole nano-dollars (`_nanos`), times are seconds since the epoch by the database's clock (`_at`).
"""

from __future__ import annotations

import sqlalchemy as sa

from promptrelay.database.columns import NO_CAP_NANOS, metadata
from promptrelay.database.columns import money as _money
from promptrelay.database.columns import partial_index as _partial
from promptrelay.database.heartbeat_schema import heartbeats
from promptrelay.database.schedule_schema import campaign_versions, fires, schedules, version_rows
from promptrelay.domain.postings import POSTED
from promptrelay.domain.states import OPEN_ATTEMPT

__all__ = [
    "LEDGER_ACCOUNTS",
    "NO_CAP_NANOS",
    "accounts",
    "attempts",
    "campaign_versions",
    "deliveries",
    "deployment",
    "fires",
    "heartbeats",
    "jobs",
    "ledger",
    "metadata",
    "models",
    "provider_tasks",
    "readings",
    "rows",
    "runs",
    "schedules",
    "segments",
    "upkeep",
    "version_rows",
    "witnesses",
]


deployment = sa.Table(
    "deployment",
    metadata,
    sa.Column("name", sa.String(16), primary_key=True),
    sa.Column("created_at", sa.Float, nullable=False),
)

accounts = sa.Table(
    "accounts",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False, server_default="ok"),
    sa.Column("reason", sa.Text),
    sa.Column("cause", sa.String(16)),
    sa.Column("paused_at", sa.Float),
    sa.Column("resume_at", sa.Float),
    sa.Column("needed_nanos", sa.BigInteger),
    sa.Column("balance_nanos", sa.BigInteger),
    sa.Column("balance_at", sa.Float),
    _money("booked_since_nanos"),
    _money("balance_floor_nanos", -NO_CAP_NANOS),
    _money("daily_cap_nanos", NO_CAP_NANOS),
    sa.Column("day", sa.String(10), nullable=False, server_default=""),
    _money("day_nanos"),
    # How many paid calls it was ever let make, and, of a database that went back in time, until when it
    # knows what was sent (P30).
    sa.Column("post_number", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("known_until", sa.Float),
)

runs = sa.Table(
    "runs",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("campaign", sa.String(128), nullable=False),
    sa.Column("fingerprint", sa.String(32), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text),
    sa.Column("priority", sa.Integer, nullable=False, server_default="0"),
    sa.Column("weight", sa.Integer, nullable=False, server_default="1"),
    sa.Column("options", sa.JSON, nullable=False),
    _money("max_cost_nanos", NO_CAP_NANOS),
    _money("max_float_nanos", NO_CAP_NANOS),
    _money("spent_nanos"),
    _money("reserved_nanos"),
    _money("float_nanos"),
    # What each of its attempts sets aside, and the cash that a Standard one puts out; set by submit (P22).
    _money("reserve_standard_nanos"),
    _money("reserve_float_nanos"),
    _money("reserve_live_nanos"),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("finished_at", sa.Float),
    sa.Column("manifest", sa.Text),
    # Its prompts and answers are being deleted since then, and are gone since then.
    sa.Column("purge_at", sa.Float),
    sa.Column("purged_at", sa.Float),
    # What it is loaded from, and how far: up to that row of the version, with so many jobs.
    sa.Column("version_id", sa.String(26)),
    sa.Column("loaded_row", sa.Integer, nullable=False, server_default="0"),
    sa.Column("loaded_jobs", sa.Integer, nullable=False, server_default="0"),
    # Nobody's campaign: its jobs are sent only to be listed, for searches of other runs (P14).
    sa.Column("witness", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.UniqueConstraint("account", "fingerprint", "generation"),
    sa.Index("runs_by_state", "state"),
    sa.Index("runs_by_campaign", "campaign", "created_at"),
    sa.Index("runs_by_version", "version_id"),
    # What is set aside for an account stands in its few runs that set something aside.
    _partial("runs_reserving", "account", "reserved_nanos", where="reserved_nanos <> 0"),
    # Whose answers may still be merged, and whose manifest is to be written.
    _partial("runs_unwritten", "state", "account", where="manifest IS NULL AND purge_at IS NULL"),
    sa.Index("runs_by_standard_reserve", "account", "reserve_standard_nanos"),
    sa.Index("runs_by_live_reserve", "account", "reserve_live_nanos"),
)

rows = sa.Table(
    "rows",
    metadata,
    sa.Column("run_id", sa.String(26), primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),
    sa.Column("row_id", sa.Text, nullable=False),
    sa.Column("line_no", sa.Integer, nullable=False),
    sa.Column("prompt", sa.Text, nullable=False),
    sa.Column("user_tag", sa.Text),
    sa.Column("variables", sa.JSON, nullable=False),
)

jobs = sa.Table(
    "jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("run_id", sa.String(26), nullable=False),
    sa.Column("position", sa.Integer, nullable=False),
    sa.Column("platform", sa.String(16), nullable=False),
    sa.Column("method", sa.String(8), nullable=False),
    sa.Column("model", sa.String(128), nullable=False),
    sa.Column("parameters", sa.JSON, nullable=False),
    sa.Column("row_no", sa.Integer, nullable=False),
    sa.Column("repeat", sa.Integer, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("due_at", sa.Float, nullable=False),
    sa.Column("lease_until", sa.Float),
    sa.Column("tries", sa.Integer, nullable=False, server_default="0"),
    sa.Column("reason", sa.String(16)),
    sa.Column("status_code", sa.Integer),
    sa.Column("answered_by", sa.String(26)),
    # In the hands of a worker that has not said yet what came of it, and how many died like that.
    sa.Column("taken", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("deaths", sa.Integer, nullable=False, server_default="0"),
    sa.Index("jobs_by_turn", "run_id", "platform", "method", "state", "position"),
    sa.Index("jobs_by_run_state", "run_id", "state"),
    sa.Index("jobs_by_state", "state", "platform", "method"),
    _partial("jobs_suspected", "platform", "method", "state", where="deaths > 0"),
)

deliveries = sa.Table(
    "deliveries",
    metadata,
    sa.Column("job_id", sa.String(32), primary_key=True),
    sa.Column("row_no", sa.Integer, primary_key=True),
    sa.Column("run_id", sa.String(26), nullable=False),
    sa.Index("deliveries_by_run", "run_id", "row_no"),
)

_HAS_TWIN = "settled_at IS NOT NULL AND due_at IS NOT NULL"

attempts = sa.Table(
    "attempts",
    metadata,
    sa.Column("id", sa.String(26), primary_key=True),
    sa.Column("job_id", sa.String(32), nullable=False),
    sa.Column("run_id", sa.String(26), nullable=False),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("platform", sa.String(16), nullable=False),
    sa.Column("method", sa.String(8), nullable=False),
    sa.Column("model", sa.String(128), nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("waste", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", sa.Float, nullable=False),
    sa.Column("send_by", sa.Float, nullable=False),
    sa.Column("boot_id", sa.String(64), nullable=False),
    sa.Column("boot_s", sa.Float, nullable=False),
    sa.Column("provider_id", sa.String(64)),
    sa.Column("posted_at", sa.Float),
    sa.Column("received_at", sa.Float),
    sa.Column("settled_at", sa.Float),
    sa.Column("due_at", sa.Float),
    sa.Column("fetch_until", sa.Float),
    sa.Column("looks", sa.Integer, nullable=False, server_default="0"),
    # As of jobs, for the workers that read its answer.
    sa.Column("taken", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("deaths", sa.Integer, nullable=False, server_default="0"),
    # How often a search for its unknown outcome did not find it, and when last (P14).
    sa.Column("searches", sa.Integer, nullable=False, server_default="0"),
    sa.Column("searched_at", sa.Float),
    sa.Column("status_code", sa.Integer),
    # What the provider said of it at the last look that it said anything, and since when unchanged (P20);
    # without a message the code only says to wait.
    sa.Column("look_code", sa.Integer),
    sa.Column("look_message", sa.String(200)),
    sa.Column("look_since", sa.Float),
    _money("reserved_nanos"),
    _money("float_nanos"),
    # What an acceptance that named no task said it costs (P8), and whether a charge is not known (P23).
    sa.Column("told_nanos", sa.BigInteger),
    sa.Column("has_unknown_charge", sa.Boolean, nullable=False, server_default=sa.false()),
    # P5: at most one attempt of a job is open.
    sa.Index(
        "one_open_attempt",
        "job_id",
        unique=True,
        sqlite_where=sa.column("state").in_([sa.literal_column(f"'{state}'") for state in OPEN_ATTEMPT]),
        postgresql_where=sa.column("state").in_([sa.literal_column(f"'{state}'") for state in OPEN_ATTEMPT]),
    ),
    sa.Index("attempts_by_job", "job_id"),
    sa.Index("attempts_by_state", "state", "account", "platform", "method", "model", "id"),
    # Only what is still looked at costs an entry; by posting for those that look at old ones alone.
    _partial("attempts_due", "account", "due_at", where="due_at IS NOT NULL"),
    _partial("attempts_due_by_posting", "account", "posted_at", where="due_at IS NOT NULL"),
    # A second task under their tag is out (P10): hardly any.
    _partial("attempts_with_twin", "run_id", "due_at", where=_HAS_TWIN),
    _partial("attempts_with_twin_by_kind", "account", "platform", "method", "model", where=_HAS_TWIN),
    sa.Index("attempts_by_run", "run_id", "state"),
    # Results in the order of settling; only a settled attempt costs an entry.
    _partial("attempts_by_settling", "run_id", "settled_at", "id", where="settled_at IS NOT NULL"),
    # Progress reads these twice a second; most attempts never get one.
    _partial("attempts_with_words", "run_id", "look_code", where="look_message IS NOT NULL"),
    _partial("attempts_taken", "state", "fetch_until", where="taken"),
)

provider_tasks = sa.Table(
    "provider_tasks",
    metadata,
    sa.Column("provider_id", sa.String(64), primary_key=True),
    sa.Column("attempt_id", sa.String(26), nullable=False),
    sa.Column("seen_at", sa.Float, nullable=False),
    sa.Column("accepted", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("reported_nanos", sa.BigInteger),
    sa.Column("spent_nanos", sa.BigInteger),
    sa.Column("failed", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("expired", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("second", sa.Boolean, nullable=False, server_default=sa.false()),
    # Where its answer lies: the row keeps key, line and the line's hash (P18).
    sa.Column("segment", sa.Text),
    sa.Column("line_no", sa.Integer),
    sa.Column("line_sha256", sa.String(64)),
    sa.Column("received_at", sa.Float),
    sa.Column("answered", sa.Boolean, nullable=False, server_default=sa.false()),
    # What the free call for it said that it cost in all, and by how much that differs from what is booked.
    sa.Column("said_nanos", sa.BigInteger),
    sa.Column("off_nanos", sa.BigInteger),
    sa.Index("provider_tasks_by_segment", "segment"),
    sa.Index("provider_tasks_by_attempt", "attempt_id"),
)

witnesses = sa.Table(
    "witnesses",
    metadata,
    # The run whose search a bought witness served (P14).
    sa.Column("run_id", sa.String(26), primary_key=True),
    sa.Column("job_id", sa.String(32), primary_key=True),
)

LEDGER_ACCOUNTS = (*POSTED, "topup", "unexplained")

ledger = sa.Table(
    "ledger",
    metadata,
    sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True),
    sa.Column("account", sa.String(64), nullable=False),
    sa.Column("attempt_id", sa.String(26)),
    sa.Column("sequence", sa.Integer),
    sa.Column("run_id", sa.String(26)),
    sa.Column("platform", sa.String(16)),
    sa.Column("step", sa.String(16), nullable=False),
    sa.Column("booked_at", sa.Float, nullable=False),
    *(_money(f"{name}_nanos") for name in LEDGER_ACCOUNTS),
    sa.UniqueConstraint("attempt_id", "sequence"),
    sa.CheckConstraint(" + ".join(f"{name}_nanos" for name in LEDGER_ACCOUNTS) + " = 0", name="sums_to_zero"),
    sa.Index("ledger_by_run", "run_id", "platform"),
)

segments = sa.Table(
    "segments",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("run_id", sa.String(26), nullable=False),
    sa.Column("platform", sa.String(16), nullable=False),
    sa.Column("answers", sa.Integer, nullable=False),
    sa.Column("bytes", sa.BigInteger, nullable=False),
    sa.Column("stored_at", sa.Float, nullable=False),
    sa.Index("segments_by_run", "run_id", "platform"),
)

upkeep = sa.Table(
    "upkeep",
    metadata,
    sa.Column("name", sa.String(64), primary_key=True),
    sa.Column("due_at", sa.Float, nullable=False),
)

models = sa.Table(
    "models",
    metadata,
    sa.Column("account", sa.String(64), primary_key=True),
    sa.Column("platform", sa.String(16), primary_key=True),
    sa.Column("name", sa.String(128), primary_key=True),
    # NULL where the provider does not say.
    sa.Column("reasoning", sa.Boolean),
    sa.Column("web_search", sa.Boolean),
    sa.Column("task_post", sa.Boolean),
    sa.Column("seen_at", sa.Float, nullable=False),
)

readings = sa.Table(
    "readings",
    metadata,
    sa.Column("account", sa.String(64), primary_key=True),
    sa.Column("read_at", sa.Float, nullable=False),
    sa.Column("found", sa.JSON, nullable=False),
)
