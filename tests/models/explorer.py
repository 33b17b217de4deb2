"""Visits every state of a small model, breadth first: shortest counterexamples, and dead ends."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import Generic, NamedTuple, TypeVar

State = TypeVar("State", bound=Hashable)


class Step(NamedTuple, Generic[State]):
    """One thing that can happen next; `violation` names the promise that it breaks by happening."""

    label: str
    state: State
    violation: str | None = None


@dataclass(frozen=True)
class Model(Generic[State]):
    """What the explorer needs to know; `steps` lists everything that can happen in a state."""

    start: State
    steps: Callable[[State], Iterable[Step[State]]]
    broken: Callable[[State], str | None]
    is_end: Callable[[State], bool]
    is_fair: Callable[[str], bool] = lambda _label: True
    """Whether a step happens sooner or later; crashes and losses are not counted on."""


@dataclass
class Result:
    """How many states there are, a shortest trace for each broken promise, and a trace into a dead end."""

    states: int = 0
    violations: dict[str, str] = field(default_factory=dict)
    stuck: int = 0
    stuck_trace: str = ""

    @property
    def holds(self) -> bool:
        return not self.violations and not self.stuck

    def breaks(self, promise: str) -> bool:
        """Whether a violation starts with that name."""
        return any(name.startswith(promise) for name in self.violations)


class _Search(Generic[State]):
    def __init__(self, model: Model[State], until: str | None, limit: int) -> None:
        self.model, self.until, self.limit = model, until, limit
        self.came_from: dict[State, tuple[State, str] | None] = {model.start: None}
        self.led_here: dict[State, list[State]] = {}
        self.ends: list[State] = []
        self.result = Result()

    def run(self) -> Result:
        waiting = deque([self.model.start])
        while waiting and not (self.until and self.result.breaks(self.until)):
            self._visit(waiting.popleft(), waiting)
        self.result.states = len(self.came_from)
        if not waiting:
            self._find_dead_ends()
        return self.result

    def _visit(self, state: State, waiting: deque[State]) -> None:
        self._note(self.model.broken(state), state)
        if self.model.is_end(state):
            self.ends.append(state)
        for label, after, violation in self.model.steps(state):
            self._note(violation, state, label)
            if self.model.is_fair(label):
                self.led_here.setdefault(after, []).append(state)
            if after not in self.came_from:
                assert len(self.came_from) < self.limit, "the model is larger than the limit"
                self.came_from[after] = (state, label)
                waiting.append(after)

    def _note(self, violation: str | None, state: State, label: str | None = None) -> None:
        if violation and violation not in self.result.violations:
            self.result.violations[violation] = self._trace(state, label)

    def _find_dead_ends(self) -> None:
        good, open_ends = set(self.ends), list(self.ends)
        while open_ends:
            for before in self.led_here.get(open_ends.pop(), ()):
                if before not in good:
                    good.add(before)
                    open_ends.append(before)
        dead = [state for state in self.came_from if state not in good]
        self.result.stuck = len(dead)
        if dead:
            self.result.stuck_trace = self._trace(dead[0], None)

    def _trace(self, state: State, last: str | None) -> str:
        labels = [last] if last else []
        while (step := self.came_from[state]) is not None:
            state, label = step
            labels.append(label)
        runs = ((label, len(list(same))) for label, same in groupby(reversed(labels)))
        return " ; ".join(label if count == 1 else f"{label} x{count}" for label, count in runs)


def explore(model: Model[State], *, until: str | None = None, limit: int = 2_000_000) -> Result:
    """Visits all states, or stops at the first violation whose name starts with `until`."""
    return _Search(model, until, limit).run()
