"""Which Live calls may still be running at the provider (P25)."""

from __future__ import annotations

from collections import defaultdict

import sqlalchemy as sa

from promptrelay.database.clock import now
from promptrelay.database.schema import attempts
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.states import AttemptState


def running(connection: sa.Connection, *, lease_s: float) -> dict[Platform, list[tuple[str, float]]]:
    """Live attempts without a reply, younger than a lease: attempt and seconds left, by platform."""
    left = lease_s - (now() - attempts.c.created_at)
    statement = sa.select(attempts.c.platform, attempts.c.id, left).where(
        attempts.c.method == Method.LIVE,
        attempts.c.state.in_((AttemptState.SENDING, AttemptState.UNKNOWN)),
        attempts.c.created_at > now() - lease_s,
    )
    found: dict[Platform, list[tuple[str, float]]] = defaultdict(list)
    for platform, attempt_id, left_s in connection.execute(statement):
        found[Platform(platform)].append((attempt_id, float(left_s)))
    return found
