"""Answers in a worker's hands: marked while they are read, so that one that kills workers is found out."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager

from promptrelay.database.attempts import looks
from workers.recording import when_back
from workers.rooms import Rooms


@contextmanager
def taken_while_read(rooms: Rooms, attempt_ids: Collection[str]) -> Iterator[None]:
    """Mark the attempts until evidence or another look is written; trouble that is raised is no death."""
    try:
        with rooms.database.write() as connection:
            looks.take(connection, attempt_ids)
        yield
    except Exception:
        when_back(rooms, lambda connection: looks.put_down(connection, attempt_ids))
        raise
