"""What was taken for answers that do not say their charge, and where the provider tells two figures (P23)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from promptrelay.database.schema import attempts, ledger, provider_tasks
from promptrelay.domain.money import ZERO, Usd


@dataclass(frozen=True, slots=True)
class UnknownCharges:
    """Attempts of which something was taken, and no figure tells how much."""

    attempts: int = 0
    held: Usd = ZERO
    """What the caps count for them: what was set aside, or what is booked where that is more."""
    booked: Usd = ZERO

    @property
    def unexplained(self) -> Usd:
        """What they may have cost beyond what is booked."""
        return self.held - self.booked

    def as_json(self) -> dict[str, Any]:
        """As JSON-ready values; money as decimal strings in USD."""
        return {"attempts": self.attempts, "held": str(self.held)}


def unknown_charges(connection: sa.Connection, run_id: str) -> UnknownCharges:
    """Those of the run."""
    net = sa.func.coalesce(-sa.func.sum(ledger.c.provider_nanos), 0)
    each = (
        sa.select(attempts.c.id, attempts.c.reserved_nanos.label("aside"), net.label("net"))
        .outerjoin(ledger, ledger.c.attempt_id == attempts.c.id)
        .where(attempts.c.run_id == run_id, attempts.c.has_unknown_charge)
        .group_by(attempts.c.id, attempts.c.reserved_nanos)
        .subquery()
    )
    held = sa.case((each.c.net > each.c.aside, each.c.net), else_=each.c.aside)
    sums = (sa.func.coalesce(sa.func.sum(amount), 0) for amount in (held, each.c.net))
    count, held_nanos, booked_nanos = connection.execute(sa.select(sa.func.count(each.c.id), *sums)).one()
    return UnknownCharges(int(count), Usd(int(held_nanos)), Usd(int(booked_nanos)))


def cost_differences(connection: sa.Connection, run_id: str) -> dict[str, Any]:
    """How many tasks cost another sum by the provider's second word than is booked, and how much more."""
    off = provider_tasks.c.off_nanos
    statement = (
        sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(off), 0))
        .select_from(provider_tasks)
        .join(attempts, attempts.c.id == provider_tasks.c.attempt_id)
        .where(attempts.c.run_id == run_id, off.is_not(None))
    )
    count, amount = connection.execute(statement).one()
    return {"tasks": int(count), "amount": str(Usd(int(amount)))}
