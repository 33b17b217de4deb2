"""Who goes next: the highest priority class, and in it the run with the fewest on the way for its weight."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Contender:
    """A run with jobs of one kind that wait to be sent."""

    run_id: str
    priority: int
    weight: int
    on_the_way: int = 0
    """How many of this kind it has on their way to a worker or in a call."""
    served: int = 0
    """When it was served last, in whatever count: of equals the one that waits longest goes first."""


def deal(contenders: Sequence[Contender], room: int) -> dict[str, int]:
    """How many jobs each run of the highest class may have of the room, in the order of their turns.

    What those leave over is dealt again, without them.
    """
    highest = max((contender.priority for contender in contenders), default=0)
    turns = [_turn(one, one.on_the_way) for one in contenders if one.priority == highest]
    heapq.heapify(turns)
    dealt: dict[str, int] = {}
    while turns and room > 0:
        *_, contender = turns[0]
        dealt[contender.run_id] = dealt.get(contender.run_id, 0) + 1
        heapq.heapreplace(turns, _turn(contender, contender.on_the_way + dealt[contender.run_id]))
        room -= 1
    return dealt


def _turn(contender: Contender, on_the_way: int) -> tuple[float, int, str, Contender]:
    return on_the_way / contender.weight, contender.served, contender.run_id, contender
