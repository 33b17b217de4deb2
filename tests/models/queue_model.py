"""A job whose message waits in the queue longer than its lease lasts."""

from __future__ import annotations

from typing import NamedTuple


class Outcome(NamedTuple):
    passed_at: int | None
    """When transaction A let the job through; None when it never did."""
    copies: int
    """How many messages were published for it until then."""


def queue_run(*, lease: int, queue_wait: int, lease_must_be_live: bool, until: int = 2_000) -> Outcome:
    """Publishes again when a lease ends; transaction A asks for the state, or for a live lease too."""
    queue: list[tuple[int, int]] = []
    copies, leased_until = 0, -1
    for now in range(until):
        if now >= leased_until:
            copies += 1
            leased_until = now + lease
            queue.append((now + queue_wait, copies))
        while queue and queue[0][0] <= now:
            _, claim = queue.pop(0)
            if not lease_must_be_live or (claim == copies and now < leased_until):
                return Outcome(now, copies)
    return Outcome(None, copies)
