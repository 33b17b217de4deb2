"""The ledger in one look."""

from __future__ import annotations

from typing import Any

from promptrelay.database.attempts import ledger
from promptrelay.database.database import Database
from promptrelay.domain.money import Usd


def totals(database: Database, run_id: str | None = None) -> dict[str, Any]:
    """The balance of every ledger account and their sum, of all runs or of one."""
    with database.read() as connection:
        found = ledger.balances(connection, run_id)
    balances = {
        "provider": found["provider"],
        "held": found["held"],
        "spend": found["fee"] + found["llm"],
        "waste": found["waste"],
        "topup": found["topup"],
        "unexplained": found["unexplained"],
        "witness": found["witness"],
    }
    return {
        "accounts": {name: str(amount) for name, amount in balances.items()},
        "sum": str(Usd.total(balances.values())),
    }
