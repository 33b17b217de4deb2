"""Two settlers store answers in segments and commit rows that point there, through crashes and power loss.

Two answers, `a` and `b`, come by postback or by task_get; these write different bytes for an answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations
from typing import NamedTuple

from .explorer import Model, Step

ANSWERS = "ab"
BATCHES = tuple(batch for size in (1, 2) for batch in combinations(ANSWERS, size))


class Line(NamedTuple):
    answer: str
    way_in: str


class Segment(NamedTuple):
    key: str
    lines: tuple[Line, ...]
    durable: bool


class Row(NamedTuple):
    """What SQL says of an answer: in which segment, on which line, which bytes."""

    key: str
    line_no: int
    line: Line


class Settler(NamedTuple):
    doing: str = "idle"
    batch: tuple[Line, ...] = ()


class World(NamedTuple):
    store: frozenset[Segment]
    rows: tuple[Row | None, ...]
    settlers: tuple[Settler, ...]
    power_losses: int
    crashes: int

    def with_settler(self, at: int, settler: Settler) -> World:
        return self._replace(settlers=(*self.settlers[:at], settler, *self.settlers[at + 1 :]))


KeyOf = Callable[[tuple[Line, ...]], str]
IDLE = Settler()


def key_of_first_attempt(lines: tuple[Line, ...]) -> str:
    return lines[0].answer


def key_of_attempts(lines: tuple[Line, ...]) -> str:
    return "".join(line.answer for line in lines)


def key_of_content(lines: tuple[Line, ...]) -> str:
    """P18: the segment's own hash."""
    return ",".join(line.answer + line.way_in for line in lines)


def settle_model(
    key_of: KeyOf, *, fsync: bool = True, power_may_fail: bool = False, reader_lists: bool = False
) -> Model[World]:
    """The model for one way of making keys; `reader_lists`: readers list segments, they do not follow SQL."""

    def steps(world: World) -> Iterator[Step[World]]:
        for at, settler in enumerate(world.settlers):
            yield from _settler_steps(world, at, settler, key_of, fsync=fsync)
        if power_may_fail and world.power_losses == 0:
            kept = frozenset(segment for segment in world.store if segment.durable)
            yield Step("power loss", world._replace(store=kept, settlers=(IDLE, IDLE), power_losses=1))

    start = World(frozenset(), (None, None), (IDLE, IDLE), 0, 0)
    return Model(start, steps, lambda world: _broken(world, reader_lists=reader_lists), _is_end, _is_fair)


def _settler_steps(
    world: World, at: int, settler: Settler, key_of: KeyOf, *, fsync: bool
) -> Iterator[Step[World]]:
    name = f"settler {at}"
    if settler.doing == "idle":
        yield from _takes_a_batch(world, at)
        return
    key = key_of(settler.batch)
    if settler.doing == "writing":
        after = world.with_settler(at, Settler("committing", settler.batch))
        exists = any(segment.key == key for segment in world.store)
        if not exists:
            after = after._replace(store=world.store | {Segment(key, settler.batch, fsync)})
        yield Step(f"{name}: PUT {key}{' already exists' if exists else ''}", after)
    if settler.doing == "committing":
        yield Step(f"{name}: commits", world._replace(rows=_rows(world, settler, key)).with_settler(at, IDLE))
    if world.crashes < 2:
        yield Step(f"{name}: kill -9", world._replace(crashes=world.crashes + 1).with_settler(at, IDLE))


def _takes_a_batch(world: World, at: int) -> Iterator[Step[World]]:
    unsettled = {answer for answer, row in zip(ANSWERS, world.rows, strict=True) if row is None}
    for batch in BATCHES:
        if unsettled.issuperset(batch):
            for way_in in ("postback", "task_get"):
                lines = tuple(Line(answer, way_in) for answer in batch)
                label = f"settler {at}: takes {''.join(batch)} from {way_in}"
                yield Step(label, world.with_settler(at, Settler("writing", lines)))


def _rows(world: World, settler: Settler, key: str) -> tuple[Row | None, ...]:
    rows = list(world.rows)
    for line_no, line in enumerate(settler.batch):
        at = ANSWERS.index(line.answer)
        rows[at] = rows[at] or Row(key, line_no, line)
    return tuple(rows)


def _broken(world: World, *, reader_lists: bool) -> str | None:
    lines = {segment.key: segment.lines for segment in world.store}
    for row in filter(None, world.rows):
        if row.key not in lines:
            return "a committed row points to a missing segment"
        if row.line_no >= len(lines[row.key]) or lines[row.key][row.line_no] != row.line:
            return "a committed row points to other bytes"
    if reader_lists and all(world.rows) and sum(map(len, lines.values())) > len(ANSWERS):
        return "a reader that lists segments sees an answer twice"
    return None


def _is_end(world: World) -> bool:
    return all(world.rows) and all(settler.doing == "idle" for settler in world.settlers)


def _is_fair(label: str) -> bool:
    return "kill" not in label and "power" not in label
