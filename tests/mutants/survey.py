"""Tries every fault of the list, two at a time at most, and says which were noticed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory
from typing import Any

from tests.mutants.faults import Fault, Room
from tests.mutants.trial import Outcome, Tree, Verdict

LEAST_SHARE = 0.9
_TIMES_AS_LONG = 4.0
_AT_LEAST_S = 60.0
_WHOLE_LIMIT_S = 600.0


@dataclass(frozen=True, slots=True)
class Tried:
    """A fault and what became of it."""

    fault: Fault
    outcome: Outcome

    @property
    def is_noticed(self) -> bool:
        return self.outcome.verdict in (Verdict.NOTICED, Verdict.TIMED_OUT)

    @property
    def is_trouble(self) -> bool:
        """Whether somebody has to look: it survived and nobody says why it may, or its tests did not run."""
        explained = self.outcome.verdict is Verdict.SURVIVED and self.fault.accepted
        return not self.is_noticed and not explained


@dataclass(frozen=True, slots=True)
class Survey:
    """All that was tried."""

    tried: tuple[Tried, ...]
    broken_rooms: tuple[tuple[str, str], ...] = ()
    """Rooms whose tests fail without any fault, with the test: nothing can be said there."""

    @property
    def noticed(self) -> int:
        return sum(one.is_noticed for one in self.tried)

    @property
    def share(self) -> float:
        return self.noticed / len(self.tried) if self.tried else 1.0

    @property
    def passes(self) -> bool:
        """Nine in ten are noticed, and each of the others is explained."""
        trouble = any(one.is_trouble for one in self.tried)
        return not self.broken_rooms and not trouble and self.share >= LEAST_SHARE

    def as_json(self) -> dict[str, Any]:
        return {
            "faults": len(self.tried),
            "noticed": self.noticed,
            "share": round(self.share, 3),
            "passes": self.passes,
            "broken_rooms": [{"room": room, "test": test} for room, test in self.broken_rooms],
            "tried": [
                {
                    "room": one.fault.room,
                    "name": one.fault.name,
                    "file": one.fault.file,
                    "promise": one.fault.promise,
                    "verdict": one.outcome.verdict.value,
                    "seconds": round(one.outcome.seconds, 1),
                    "told": one.outcome.told,
                    "accepted": one.fault.accepted,
                }
                for one in self.tried
            ],
        }


Tell = Callable[[Tried], None]


def make_survey(
    checkout: Path, rooms: Sequence[Room], packages: Sequence[str], *, at_once: int, tell: Tell
) -> Survey:
    """Try each fault on a copy of the checkout. The rooms' tests are run without a fault first."""
    with TemporaryDirectory(prefix="mutants-") as folder, ThreadPoolExecutor(at_once) as pool:
        trees = [Tree(checkout, Path(folder) / str(number), packages) for number in range(at_once)]
        try:
            return _survey(_Bench(pool, trees), rooms, tell)
        except BaseException:
            # Whoever interrupts it waits for no test: what runs is ended, what waits is dropped.
            pool.shutdown(wait=False, cancel_futures=True)
            for tree in trees:
                tree.stop()
            raise


class _Bench:
    """Trees, each lent to one trial at a time."""

    def __init__(self, pool: ThreadPoolExecutor, trees: Sequence[Tree]) -> None:
        self._pool = pool
        self._free: SimpleQueue[Tree] = SimpleQueue()
        for tree in trees:
            self._free.put(tree)

    def whole(self, room: Room) -> Future[Outcome]:
        """The room's tests without a fault."""
        return self._pool.submit(self._lent, lambda tree: tree.run(room, _WHOLE_LIMIT_S))

    def with_fault(self, fault: Fault, room: Room, limit_s: float) -> Future[Outcome]:
        return self._pool.submit(self._lent, lambda tree: tree.run_with(fault, room, limit_s))

    def _lent(self, work: Callable[[Tree], Outcome]) -> Outcome:
        tree = self._free.get()
        try:
            return work(tree)
        finally:
            self._free.put(tree)


def _survey(bench: _Bench, rooms: Sequence[Room], tell: Tell) -> Survey:
    running = [(room, bench.whole(room)) for room in rooms]
    sound = [(room, future.result()) for room, future in running]
    bad = [(room.name, found.told) for room, found in sound if found.verdict is not Verdict.SURVIVED]
    trials = {
        bench.with_fault(fault, room, max(_AT_LEAST_S, _TIMES_AS_LONG * found.seconds)): fault
        for room, found in sound
        if found.verdict is Verdict.SURVIVED
        for fault in room.faults
    }
    for done in as_completed(trials):
        tell(Tried(trials[done], done.result()))
    return Survey(tuple(Tried(fault, future.result()) for future, fault in trials.items()), tuple(bad))
