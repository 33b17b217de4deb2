"""Four jobs under a cap of 3, each reserving 1 and costing 0 to 2; one may get a late twin.

Some answers may hide what they cost: that is taken from the account all the same.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from .explorer import Model, Step

CAP, JOBS, RESERVATION, COSTS = 3, 4, 1, (0, 1, 2)


class World(NamedTuple):
    jobs: tuple[str, ...]
    reserved: int = 0
    spent: int = 0
    cap_read: tuple[int | None, int | None] = (None, None)
    twins: int = 0
    hidden: int = 0
    """What answers that do not say their charge really took."""

    def with_job(self, at: int, job: str) -> World:
        return self._replace(jobs=(*self.jobs[:at], job, *self.jobs[at + 1 :]))

    def with_read(self, worker: int, value: int | None) -> World:
        reads = list(self.cap_read)
        reads[worker] = value
        return self._replace(cap_read=(reads[0], reads[1]))


class Budget:
    """The model for one way of releasing and one way of reserving; remembers the worst overshoot it met."""

    def __init__(
        self,
        *,
        until_closed: bool = True,
        one_statement: bool = True,
        late_twin: bool = True,
        hides: bool = False,
        hidden_is_held: bool = True,
    ) -> None:
        self.until_closed, self.one_statement, self.late_twin = until_closed, one_statement, late_twin
        self.hides, self.hidden_is_held = hides, hidden_is_held
        self.worst_overshoot = 0

    def model(self) -> Model[World]:
        return Model(World(("queued",) * JOBS), self._steps, self._broken, _is_end)

    def _steps(self, world: World) -> Iterator[Step[World]]:
        for at, job in enumerate(world.jobs):
            if job == "queued":
                yield from self._reserves(world, at)
            if job == "sending":
                yield from self._sends(world, at)
            if job == "sent":
                yield from self._settles(world, at)
        if world.twins == 1:
            yield Step("late twin: settles", world._replace(spent=world.spent + max(COSTS), twins=2))

    def _reserves(self, world: World, at: int) -> Iterator[Step[World]]:
        reserved = world._replace(reserved=world.reserved + RESERVATION).with_job(at, "sending")
        if self.one_statement:
            if world.reserved + world.spent + RESERVATION <= CAP:
                yield Step(f"job {at}: reserves", reserved)
            return
        for worker, read in enumerate(world.cap_read):
            if read is None:
                yield Step(f"worker {worker}: reads", world.with_read(worker, world.reserved + world.spent))
            elif read + RESERVATION <= CAP:
                yield Step(f"worker {worker}: reserves for job {at}", reserved.with_read(worker, None))
            else:
                yield Step(f"worker {worker}: sees the cap", world.with_read(worker, None))

    def _sends(self, world: World, at: int) -> Iterator[Step[World]]:
        released = 0 if self.until_closed else RESERVATION
        yield Step(
            f"job {at}: reply", world._replace(reserved=world.reserved - released).with_job(at, "sent")
        )
        if self.late_twin and world.twins == 0:
            absent = world._replace(reserved=world.reserved - RESERVATION, twins=1)
            yield Step(f"job {at}: absent, due again", absent.with_job(at, "queued"))

    def _settles(self, world: World, at: int) -> Iterator[Step[World]]:
        released = RESERVATION if self.until_closed else 0
        for cost in COSTS:
            after = world._replace(reserved=world.reserved - released, spent=world.spent + cost)
            yield Step(f"job {at}: costs {cost}", after.with_job(at, "done"))
            if self.hides:
                kept = 0 if self.hidden_is_held else RESERVATION
                hidden = world._replace(reserved=world.reserved - kept, hidden=world.hidden + cost)
                yield Step(f"job {at}: hides that it costs {cost}", hidden.with_job(at, "hidden"))

    def _broken(self, world: World) -> str | None:
        self.worst_overshoot = max(self.worst_overshoot, world.spent + world.hidden - CAP)
        if world.reserved + world.spent > CAP and "done" not in world.jobs and world.twins < 2:
            return "reservations alone pass the cap"
        return "reserved is negative" if world.reserved < 0 else None


def _is_end(world: World) -> bool:
    ended = all(job in ("done", "queued", "hidden") for job in world.jobs)
    return ended and world.reserved in (0, world.jobs.count("hidden") * RESERVATION)
