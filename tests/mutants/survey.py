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
        trees: SimpleQueue[Tree] = SimpleQueue()
        for number in range(at_once):
            trees.put(Tree(checkout, Path(folder) / str(number), packages))
        whole = {room.name: pool.submit(_whole, trees, room) for room in rooms}
        sound = {room.name: whole[room.name].result() for room in rooms}
        limits = {name: max(_AT_LEAST_S, _TIMES_AS_LONG * found.seconds) for name, found in sound.items()}
        good = [room for room in rooms if sound[room.name].verdict is Verdict.SURVIVED]
        bad = [(room.name, sound[room.name].told) for room in rooms if room not in good]
        futures: list[Future[Tried]] = [
            pool.submit(_try, trees, room, fault, limits[room.name]) for room in good for fault in room.faults
        ]
        for done in as_completed(futures):
            tell(done.result())
        return Survey(tuple(future.result() for future in futures), tuple(bad))


def _whole(trees: SimpleQueue[Tree], room: Room) -> Outcome:
    tree = trees.get()
    try:
        return tree.run(room, limit_s=600.0)
    finally:
        trees.put(tree)


def _try(trees: SimpleQueue[Tree], room: Room, fault: Fault, limit_s: float) -> Tried:
    tree = trees.get()
    try:
        return Tried(fault, tree.run_with(fault, room, limit_s))
    finally:
        trees.put(tree)
