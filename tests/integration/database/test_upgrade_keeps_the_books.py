"""A database of a former version keeps every row when its tables are changed, and is checked as strictly."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command

from promptrelay.database.attempts import ledger as books
from promptrelay.database.database import Database
from promptrelay.database.schema import LEDGER_ACCOUNTS, attempts, ledger, runs
from promptrelay.database.upgrade import _config, upgrade

FORMER = "0002"


@pytest.fixture
def former(bare_database: Database) -> Database:
    """A database of the version before witnesses, with an attempt and what it moved."""
    config = _config()
    with bare_database.write() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, FORMER)
        values = {"provider_nanos": -10_200_000, "held_nanos": 10_000_000, "fee_nanos": 200_000}
        for sequence in (1, 2):
            row = {"attempt_id": "a", "sequence": sequence, "step": "x", "booked_at": 1.0}
            connection.execute(sa.insert(ledger).values(account="main", **row, **values))
        connection.execute(
            sa.insert(runs).values(
                id="r", account="main", campaign="c", fingerprint="f", generation=1, state="running",
                options={}, created_at=1.0,
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(attempts).values(
                id="a", job_id="j", run_id="r", account="main", platform="gemini", method="standard",
                model="m", state="sent", created_at=1.0, send_by=2.0, boot_id="b", boot_s=1.0,
            )
        )  # fmt: skip
    return bare_database


def test_what_was_booked_is_booked_and_what_was_sent_is_sent(former: Database) -> None:
    assert upgrade(former) is True
    with former.read() as connection:
        balances = {name: amount.nanos for name, amount in books.balances(connection).items()}
        attempt = connection.execute(sa.select(attempts)).mappings().one()
        run = connection.execute(sa.select(runs)).mappings().one()
        ids = list(connection.execute(sa.select(ledger.c.id).order_by(ledger.c.id)).scalars())
    assert balances == dict.fromkeys(LEDGER_ACCOUNTS, 0) | {
        "provider": -20_400_000, "held": 20_000_000, "fee": 400_000
    }  # fmt: skip
    assert (attempt["state"], attempt["look_code"], attempt["look_message"]) == ("sent", None, None)
    assert (run["witness"], ids) == (False, [1, 2])


@pytest.mark.parametrize(
    "wrong",
    [{"witness_nanos": 1}, {"provider_nanos": -1}, {"attempt_id": "a", "sequence": 2}],
    ids=["a witness for nothing", "unbalanced", "a sequence twice"],
)
def test_a_row_that_is_wrong_is_refused_afterwards_too(former: Database, wrong: dict[str, object]) -> None:
    upgrade(former)
    with pytest.raises(sa.exc.IntegrityError), former.write() as connection:
        connection.execute(sa.insert(ledger).values(account="main", step="x", booked_at=1.0, **wrong))


def test_a_row_with_a_witness_that_sums_to_zero_is_taken(former: Database) -> None:
    upgrade(former)
    with former.write() as connection:
        moved = {"provider_nanos": -300_000, "witness_nanos": 300_000}
        connection.execute(sa.insert(ledger).values(account="main", step="x", booked_at=1.0, **moved))
        assert connection.execute(sa.select(sa.func.max(ledger.c.id))).scalar_one() == 3
