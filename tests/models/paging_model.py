"""A list of four tasks read in two pages by offset, while one task finishes between the pages."""

from __future__ import annotations

from collections.abc import Callable, Iterator

Rows = dict[str, int | None]
"""Tasks by name with the time at which they finished; None while they run."""

START: Rows = {"t0": 1, "t1": 2, "t2": None, "t3": None}


def oldest_first(rows: Rows) -> list[str]:
    return sorted(rows, key=lambda task: (rows[task] is None, rows[task] or 0, task))


def newest_first(rows: Rows) -> list[str]:
    return sorted(rows, key=lambda task: (rows[task] is not None, -(rows[task] or 0), task))


def missed(order: Callable[[Rows], list[str]]) -> Iterator[set[str]]:
    """For each task that may finish, at each stamp it may get: what one pass over both pages never saw."""
    for task in ("t2", "t3"):
        for stamp in (0, 3):
            later = {**START, task: stamp}
            yield set(START) - set(order(START)[:2]) - set(order(later)[2:])


def missed_by_two_passes(order: Callable[[Rows], list[str]]) -> Iterator[set[str]]:
    """The same, where the list is read again until two passes agree (nothing moves any more)."""
    for task in ("t2", "t3"):
        for stamp in (0, 3):
            later = {**START, task: stamp}
            passes = [set(order(START)[:2]) | set(order(later)[2:])]
            while len(passes) < 2 or passes[-1] != passes[-2]:
                passes.append(set(order(later)))
            yield set(START) - passes[-1]
