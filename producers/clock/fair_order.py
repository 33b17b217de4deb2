"""Who goes next: the highest priority class first, then weighted round robin over its runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contender:
    """A run with due jobs on one platform."""

    run_id: str
    priority: int
    weight: int


def deal(contenders: Sequence[Contender], room: int) -> list[tuple[str, int]]:
    """How many jobs each run may have of the room, in the order in which they should be claimed.

    What a run of a class does not use is offered to the others by the next call.
    """
    ordered = sorted(contenders, key=lambda contender: (-contender.priority, contender.run_id))
    dealt: list[tuple[str, int]] = []
    while ordered and room > 0:
        group = [contender for contender in ordered if contender.priority == ordered[0].priority]
        ordered = ordered[len(group) :]
        weights = sum(contender.weight for contender in group)
        dealt += [(c.run_id, max(1, room * c.weight // weights)) for c in group]
    return dealt
