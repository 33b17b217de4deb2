"""Bought witnesses with a ledger account of their own, and what the last look at an attempt brought."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"

# The ledger accounts, as this version knew them.
_LEDGER_ACCOUNTS = ("provider", "held", "fee", "llm", "waste", "witness", "topup", "unexplained")


def upgrade() -> None:
    _witnesses()
    _ledger()
    _looks()


def _witnesses() -> None:
    op.add_column("runs", sa.Column("witness", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.create_table(
        "witnesses",
        sa.Column("run_id", sa.String(length=26), nullable=False),
        sa.Column("job_id", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "job_id"),
    )


def _ledger() -> None:
    # SQLite cannot change a check: there the table is made anew, with all that is in it.
    sums_to_zero = " + ".join(f"{name}_nanos" for name in _LEDGER_ACCOUNTS) + " = 0"
    with op.batch_alter_table("ledger") as ledger:
        ledger.drop_constraint("sums_to_zero", type_="check")
        ledger.add_column(sa.Column("witness_nanos", sa.BigInteger(), server_default="0", nullable=False))
        ledger.create_check_constraint("sums_to_zero", sa.text(sums_to_zero))


def _looks() -> None:
    op.add_column("attempts", sa.Column("look_code", sa.Integer()))
    op.add_column("attempts", sa.Column("look_message", sa.String(length=200)))
    op.add_column("attempts", sa.Column("look_since", sa.Float()))
