"""The tasks the provider has taken, each with its planned end."""

from __future__ import annotations

import heapq
import math
import random
from bisect import bisect_left
from dataclasses import dataclass, field
from decimal import Decimal
from operator import attrgetter
from typing import Literal

from promptrelay.simulator.books import Charge
from promptrelay.simulator.envelope import Json

Method = Literal["standard", "live"]
State = Literal["waiting", "done", "failed", "expired"]


@dataclass(slots=True)
class Task:
    """One paid task: what was asked, when it ends, how, and what it moved."""

    number: int
    id: str
    platform: str
    method: Method
    request: Json
    model: str
    reasons: bool
    posted_at: float
    finish_at: float
    code: int
    spent: Decimal
    overdue: bool = False
    stuck: bool = False
    state: State = "waiting"
    finished_at: float | None = None
    collected: bool = False
    charges: list[Charge] = field(default_factory=list)

    @property
    def tag(self) -> str | None:
        """The caller's own mark, if it set one."""
        return self.request.get("tag")

    @property
    def net(self) -> Decimal:
        """What the task has cost so far."""
        return -sum((charge.amount for charge in self.charges), Decimal(0))


class Tasks:
    """Keeps all tasks in posting order, finds them by id, and says which are due to end."""

    def __init__(self) -> None:
        self.all: list[Task] = []
        self._by_id: dict[str, Task] = {}
        self._ends: list[tuple[float, int]] = []
        self._ready: dict[str, dict[str, Task]] = {}

    def add(self, task: Task) -> None:
        """Takes a task in; a Standard task is due to end at its `finish_at`."""
        self.all.append(task)
        self._by_id[task.id] = task
        if task.method == "standard":
            heapq.heappush(self._ends, (task.finish_at, len(self.all) - 1))

    def get(self, task_id: str) -> Task | None:
        """Finds a task by its id."""
        return self._by_id.get(task_id)

    def posted_between(self, start: float, end: float) -> list[Task]:
        """Lists the tasks posted from `start` until just before `end`."""
        first = bisect_left(self.all, start, key=attrgetter("posted_at"))
        return self.all[first : bisect_left(self.all, end, key=attrgetter("posted_at"))]

    def pop_due(self, now: float) -> Task | None:
        """Gives the next Standard task whose end has come, in the order of their ends."""
        if self._ends and self._ends[0][0] <= now:
            return self.all[heapq.heappop(self._ends)[1]]
        return None

    def make_ready(self, task: Task) -> None:
        """Puts a finished task into its platform's list of uncollected ones."""
        self._ready.setdefault(task.platform, {})[task.id] = task

    def collect(self, task: Task) -> None:
        """Takes a task off the list of uncollected ones."""
        task.collected = True
        self._ready.get(task.platform, {}).pop(task.id, None)

    def uncollected(self, platform: str) -> list[Task]:
        """Lists a platform's uncollected tasks, the first finished first."""
        return list(self._ready.get(platform, {}).values())


def source(seed: int, number: int) -> random.Random:
    """Gives the random source of one task, always the same for the same seed and number."""
    return random.Random(seed * 1_000_003 + number)


def latency_s(rng: random.Random, median_s: float, longest_s: float) -> float:
    """Draws a time with a long tail around a median."""
    return min(longest_s, rng.lognormvariate(math.log(median_s), 0.7)) if median_s > 0 else 0.0


def spent_usd(rng: random.Random, least: Decimal, most: Decimal, *, long: bool) -> Decimal:
    """Draws the charge of an answer; a long one carries the tail that float arithmetic leaves."""
    amount = round(math.exp(rng.uniform(math.log(least), math.log(most))), 7)
    return Decimal(repr(math.nextafter(amount, 1.0) if long else amount))
