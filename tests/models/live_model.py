"""Slots of Live calls in Redis: never more calls at the provider than allowed, also when Redis forgets.

A worker takes a slot, runs transaction A (its row in SQL), checks the slot's age, calls. A call runs at the
provider for up to `call` ticks whatever becomes of the worker. Redis may restart without its newest slots, or
with none, or be flushed; then it is a new epoch: closed, seeded from SQL by a dispatcher, opened.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from .explorer import Model, Step

OPEN, UNNOTICED = -1, -2
Timed = tuple[tuple[int, int], ...]
"""Calls by number, each with the ticks it has left or its age."""


@dataclass(frozen=True)
class Rules:
    """P25 as it stands; a test takes one rule away by replacing a value."""

    start_window: int | None = 1
    """The call starts only while its slot is at most so old; None: no check."""
    call: int = 2
    """How long the provider may run a call."""
    release_always: bool = False
    """Gives the slot back after any outcome, not only after a complete reply or when nothing was sent."""
    row_before_call: bool = True  # P1
    closed_for: int = 2
    """How long a new epoch stays closed before SQL is read: start window and one tick more."""
    seed_from_sql: bool = True
    sees_other_run_id: bool = True
    sees_missing_key: bool = True
    seed_checks_epoch: bool = True
    seed_only_while_closed: bool = True
    slots: int = 1
    workers: int = 2
    # The world.
    losses: int = 1
    redis_restarts: bool = True
    redis_is_flushed: bool = True
    sql_may_fail: bool = False
    dispatchers: int = 1

    @property
    def lease(self) -> int:
        return self.call + 1


class Worker(NamedTuple):
    """Idle, holding a slot, having its row, or calling; `timer`: the slot's age, then the deadline."""

    doing: str = "idle"
    call: int = -1
    timer: int = 0


class World(NamedTuple):
    workers: tuple[Worker, ...]
    seen: tuple[tuple[int, Timed] | None, ...]
    """What each dispatcher has read from SQL, with the epoch for which it read."""
    slots: Timed = ()
    rows: Timed = ()
    """Live attempts in SQL that are `sending` or `unknown` and younger than a lease, by age."""
    provider: Timed = ()
    gate: int = OPEN
    """OPEN, UNNOTICED (a new epoch that nobody has seen yet), or the ticks for which it stays closed."""
    epoch: int = 0
    losses: int = 0
    sql_fails: int = 0
    sql_is_up: bool = True

    def with_worker(self, at: int, worker: Worker) -> World:
        return self._replace(workers=(*self.workers[:at], worker, *self.workers[at + 1 :]))

    def with_seen(self, at: int, read: tuple[int, Timed] | None) -> World:
        return self._replace(seen=(*self.seen[:at], read, *self.seen[at + 1 :]))

    def unused_call(self) -> int:
        used = {number for number, _ in (*self.slots, *self.rows, *self.provider)}
        used |= {worker.call for worker in self.workers}
        used |= {number for read in self.seen if read for number, _ in read[1]}
        return next(number for number in range(99) if number not in used)


Steps = Iterator[Step[World]]
IDLE = Worker()


def live_model(rules: Rules) -> Model[World]:
    """The model of Live slots under these rules."""

    def broken(world: World) -> str | None:
        return "more calls at the provider than slots" if len(world.provider) > rules.slots else None

    start = World((IDLE,) * rules.workers, (None,) * rules.dispatchers)
    return Model(start, _Live(rules).steps, broken, _is_end, _is_fair)


class _Live:
    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def steps(self, world: World) -> Steps:
        for number in range(len(world.workers)):
            yield from self._worker(world, number)
        for number, _ in world.provider:
            yield Step("provider: finishes a call", world._replace(provider=_without(world.provider, number)))
        yield from self._redis(world)
        for number in range(len(world.seen)):
            yield from self._dispatcher(world, number)
        if world.sql_is_up and self.rules.sql_may_fail and not world.sql_fails:
            yield Step("sql: fails", world._replace(sql_is_up=False, sql_fails=1))
        if not world.sql_is_up:
            yield Step("sql: is back", world._replace(sql_is_up=True))
        yield Step("tick", self._tick(world))

    # A worker.

    def _worker(self, world: World, number: int) -> Steps:
        worker = world.workers[number]
        name = f"worker {number}"
        if worker.doing == "idle":
            yield from self._acquire(world, number, name)
            return
        if worker.doing == "holding":
            yield from self._transaction_a(world, number, name)
        if worker.doing == "ready":
            yield self._start_call(world, number, name)
        if worker.doing == "calling":
            yield from self._end_call(world, number, name)
        yield Step(f"{name}: kill -9", world.with_worker(number, IDLE))

    def _acquire(self, world: World, number: int, name: str) -> Steps:
        if world.gate == UNNOTICED:
            yield Step(f"{name}: finds a new epoch, closes", world._replace(gate=self.rules.closed_for))
        elif world.gate == OPEN and len(world.slots) < self.rules.slots:
            call = world.unused_call()
            slots = _with(world.slots, call, self.rules.lease)
            yield Step(
                f"{name}: takes a slot",
                world._replace(slots=slots).with_worker(number, Worker("holding", call)),
            )

    def _transaction_a(self, world: World, number: int, name: str) -> Steps:
        _, call, age = world.workers[number]
        after = world.with_worker(number, Worker("ready", call, age))
        if not self.rules.row_before_call:
            yield Step(f"{name}: goes on without a row", after)
        elif world.sql_is_up:
            yield Step(f"{name}: transaction A", after._replace(rows=_with(world.rows, call, 0)))
        else:
            after = world._replace(slots=_without(world.slots, call)).with_worker(number, IDLE)
            yield Step(f"{name}: no SQL, gives the slot back", after)

    def _start_call(self, world: World, number: int, name: str) -> Step[World]:
        _, call, age = world.workers[number]
        if self.rules.start_window is not None and age > self.rules.start_window:
            return Step(
                f"{name}: too late, sends nothing", self._close(world, call).with_worker(number, IDLE)
            )
        after = world._replace(provider=_with(world.provider, call, self.rules.call))
        return Step(f"{name}: calls", after.with_worker(number, Worker("calling", call, self.rules.call)))

    def _end_call(self, world: World, number: int, name: str) -> Steps:
        _, call, timer = world.workers[number]
        if all(running != call for running, _ in world.provider):
            yield Step(
                f"{name}: complete reply, gives the slot back",
                self._close(world, call).with_worker(number, IDLE),
            )
        label = "connection reset" if timer else "timeout"
        after = world.with_worker(number, IDLE)
        if self.rules.release_always:
            after = after._replace(slots=_without(world.slots, call))
        yield Step(f"{name}: {label}", after)

    def _close(self, world: World, call: int) -> World:
        return world._replace(slots=_without(world.slots, call), rows=_without(world.rows, call))

    # Redis and the dispatchers.

    def _redis(self, world: World) -> Steps:
        rules = self.rules
        if world.losses == rules.losses:
            return
        lost = world._replace(losses=world.losses + 1, epoch=world.epoch + 1)
        if rules.redis_restarts:
            gate = UNNOTICED if rules.sees_other_run_id else world.gate
            for at in range(len(world.slots)):
                slots = (*world.slots[:at], *world.slots[at + 1 :])
                yield Step("redis: LOSES power and a slot", lost._replace(slots=slots, gate=gate))
            yield Step("redis: LOSES power and all slots", lost._replace(slots=(), gate=gate))
        if rules.redis_is_flushed:
            gate = UNNOTICED if rules.sees_missing_key else OPEN
            yield Step("redis: LOSES all keys", lost._replace(slots=(), gate=gate))

    def _dispatcher(self, world: World, number: int) -> Steps:
        name = f"dispatcher {number}"
        read = world.seen[number]
        if world.gate == UNNOTICED:
            yield Step(f"{name}: finds a new epoch, closes", world._replace(gate=self.rules.closed_for))
        if read is None and world.gate == 0:
            if not self.rules.seed_from_sql:
                yield Step(f"{name}: opens without seeding", world._replace(gate=OPEN))
            elif world.sql_is_up:
                yield Step(f"{name}: reads the rows", world.with_seen(number, (world.epoch, world.rows)))
        if read is not None:
            yield self._seed(world, number, name, read)
            yield Step(f"{name}: kill -9", world.with_seen(number, None))

    def _seed(self, world: World, number: int, name: str, read: tuple[int, Timed]) -> Step[World]:
        epoch, rows = read
        after = world.with_seen(number, None)
        stale = self.rules.seed_checks_epoch and epoch != world.epoch
        # Of an epoch that nobody has noticed, the script itself sees that it is another one.
        too_late = self.rules.seed_only_while_closed and world.gate < 0
        if stale or too_late:
            return Step(f"{name}: seeding refused", after)
        slots = tuple((call, self.rules.lease - age) for call, age in rows if age < self.rules.lease)
        return Step(f"{name}: seeds and opens", after._replace(slots=slots, gate=OPEN))

    def _tick(self, world: World) -> World:
        lease = self.rules.lease
        return world._replace(
            workers=tuple(self._later(worker) for worker in world.workers),
            seen=tuple(read and (read[0], _older(read[1], lease)) for read in world.seen),
            slots=_shorter(world.slots),
            rows=_older(world.rows, lease),
            provider=_shorter(world.provider),
            gate=max(0, world.gate - 1) if world.gate >= 0 else world.gate,
        )

    def _later(self, worker: Worker) -> Worker:
        if worker.doing == "calling":
            return worker._replace(timer=max(0, worker.timer - 1))
        return (
            worker
            if worker.doing == "idle"
            else worker._replace(timer=min(self.rules.lease, worker.timer + 1))
        )


def _with(calls: Timed, call: int, ticks: int) -> Timed:
    return tuple(sorted((*calls, (call, ticks))))


def _without(calls: Timed, call: int) -> Timed:
    return tuple(entry for entry in calls if entry[0] != call)


def _shorter(calls: Timed) -> Timed:
    return tuple((call, left - 1) for call, left in calls if left > 1)


def _older(calls: Timed, limit: int) -> Timed:
    return tuple((call, age + 1) for call, age in calls if age + 1 < limit)


def _is_end(world: World) -> bool:
    return (
        all(worker.doing == "idle" for worker in world.workers) and not world.provider and world.gate == OPEN
    )


def _is_fair(label: str) -> bool:
    return not any(word in label for word in ("kill", "LOSES", "fails"))
