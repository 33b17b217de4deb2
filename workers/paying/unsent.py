"""Closes attempts of which no byte left: their jobs become due again without a try counted (P2, P16)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from promptrelay.database.attempts.permission import Sending
from promptrelay.domain.evidence import NotSent
from workers.recording import keep
from workers.rooms import Rooms

_WAIT_S = 1.0


def close_unsent(rooms: Rooms, sendings: Sequence[Sending], *, wait_s: float = _WAIT_S) -> None:
    """Record that these were not sent, if need be once the database is back."""
    keep(rooms, [NotSent(attempt_id=sending.attempt_id, retry_in_s=wait_s) for sending in sendings])


@contextmanager
def unsent_if_raised(rooms: Rooms, sendings: Sequence[Sending]) -> Iterator[None]:
    """Around what is done between transaction A and the call: whatever is raised here, nothing was sent."""
    try:
        yield
    except Exception:
        # Nobody foresaw it, so it may happen again at once: not every second.
        close_unsent(rooms, sendings, wait_s=rooms.pace.retry_wait_s)
        raise
