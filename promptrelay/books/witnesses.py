"""What was bought for the search of a run's unknown outcomes (P14)."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import attempts, ledger, witnesses
from promptrelay.domain.money import Usd
from promptrelay.domain.states import WATCHED_ATTEMPT


def bought_for(connection: sa.Connection, run_id: str) -> dict[str, Any]:
    """How many witnesses were sent for the run and how many are still out; money in USD as decimal text.

    One may have served several runs. Its money is in none of them: the ledger has it as `witness`, and as
    `held` while it is out.
    """
    served = sa.select(witnesses.c.job_id).where(witnesses.c.run_id == run_id)
    sent = attempts.c.job_id.in_(served)
    is_out = sa.case((attempts.c.state.in_(WATCHED_ATTEMPT), 1), else_=0)
    count, out = connection.execute(
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(is_out), 0)).where(sent)
    ).one()
    amounts = (ledger.c.witness_nanos, ledger.c.held_nanos)
    booked = sa.select(*(sa.func.coalesce(sa.func.sum(amount), 0) for amount in amounts)).where(
        ledger.c.attempt_id.in_(sa.select(attempts.c.id).where(sent))
    )
    cost, held = connection.execute(booked).one()
    return {"sent": int(count), "out": int(out), "cost": str(Usd(int(cost))), "held": str(Usd(int(held)))}
