"""The provider as a whole: its tasks, its books, its limits, and the passing of time."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal

from promptrelay.simulator.books import Books, Movement
from promptrelay.simulator.catalogue import Model
from promptrelay.simulator.clock import Now, running_clock
from promptrelay.simulator.counters import Counters
from promptrelay.simulator.doubles import Doubles
from promptrelay.simulator.envelope import Json
from promptrelay.simulator.ids import Ids
from promptrelay.simulator.limits import LiveSlots, Window
from promptrelay.simulator.options import SimulatorOptions
from promptrelay.simulator.rates import Dice
from promptrelay.simulator.rules.account_rules import Account
from promptrelay.simulator.tasks import Method, State, Task, Tasks, latency_s, source, spent_usd

# The codes of tasks that ended with something to collect.
ANSWERED = (20000, 40102)


class Provider:
    """Holds everything the stand-in knows; all of it is lost when the process ends."""

    def __init__(self, options: SimulatorOptions, now: Now | None = None) -> None:
        self.options = options
        self.now = now or running_clock()
        self.started_at = self.now()
        self.books = Books(options.start_balance)
        self.account = Account()
        self.tasks = Tasks()
        self.ids = Ids()
        self.dice = Dice(options.seed)
        self.calls = Window()
        self.endpoint_calls: dict[str, Window] = {}
        self.slots: dict[str, LiveSlots] = {}
        self.counters = Counters()
        self.doubles = Doubles()
        self.burst_until = 0.0

    def change(self, pairs: Mapping[str, object]) -> None:
        """Sets options anew while running; counts among them start over."""
        self.options = self.options.changed(pairs)
        for key in pairs:
            self.dice.forget(key)

    def strikes(self, option: str) -> bool:
        """Says whether the fault of that option happens now."""
        return self.dice.strikes(option, getattr(self.options, option))

    def move(self, task: Task, what: Movement, amount: Decimal) -> None:
        """Books a movement and notes it on its task."""
        task.charges.append(self.books.move(what, amount))
        self.account.spend(-amount, self.now())

    def take(self, platform: str, method: Method, request: Json, model: Model) -> Task:
        """Accepts a task and plans its end; charges nothing yet."""
        number = len(self.tasks.all) + 1
        now = self.now()
        task = Task(
            number=number,
            id=self.ids.next(now, "0613" if method == "standard" else "0612"),
            platform=platform,
            method=method,
            request=request,
            model=model.dated,
            reasons=bool(request.get("use_reasoning")) or (platform == "chat_gpt" and model.reasoning),
            posted_at=now,
            finish_at=now,
            code=20000,
            spent=Decimal(0),
        )
        self._plan(task)
        self.tasks.add(task)
        self.doubles.accepted(task)
        return task

    def catch_up(self) -> None:
        """Ends every Standard task whose time has come, in order, as if it had just happened."""
        while task := self.tasks.pop_due(self.now()):
            self.end(task)

    def end(self, task: Task) -> None:
        """Ends a task as planned and books what that moves."""
        task.finished_at = task.finish_at
        task.state = self._end_of(task)
        if task.method == "standard":
            self.move(task, "advance_returned", self.options.advance)
        if task.spent:
            self.move(task, "llm", -task.spent)
        if task.method == "standard":
            self._after_standard(task)
        self.doubles.ended(task)

    def _end_of(self, task: Task) -> State:
        if task.code in ANSWERED:
            return "done"
        return "expired" if task.overdue else "failed"

    def _after_standard(self, task: Task) -> None:
        options = self.options
        refunded = {
            "done": False,
            "failed": options.fee_refunded_on_failure,
            "expired": options.fee_refunded_at_expiry,
        }
        if refunded[task.state]:
            self.move(task, "fee_refunded", options.standard_fee)
        if task.state == "done" or options.failed_in_ready:
            self.tasks.make_ready(task)

    def _plan(self, task: Task) -> None:
        rng = source(self.options.seed, task.number)
        long = rng.random() < self.options.long_decimals.share
        spent = spent_usd(rng, self.options.spent_min, self.options.spent_max, long=long)
        if task.method == "live":
            self._plan_live(task, spent)
        else:
            self._plan_standard(task, spent)

    def _plan_standard(self, task: Task, spent: Decimal) -> None:
        options = self.options
        rng = source(options.seed + 1, task.number)
        takes_s = latency_s(rng, options.standard_latency_s, options.standard_latency_max_s)
        task.overdue = self.strikes("task_never") or takes_s >= options.standard_deadline_s
        if task.overdue:
            takes_s, task.code = options.standard_deadline_s, options.expired_code
        else:
            task.code = self._ending({"task_40101": 40101, "task_40103": 40103, "task_empty": 40102})
        task.finish_at = task.posted_at + options.scaled_s(takes_s)
        if self.strikes("task_stuck"):
            task.stuck, task.finish_at = True, math.inf
        if task.code == 20000:
            task.spent = spent

    def _plan_live(self, task: Task, spent: Decimal) -> None:
        options = self.options
        rng = source(options.seed + 1, task.number)
        takes_s = latency_s(rng, options.live_latency_s, options.live_latency_max_s)
        task.code = self._ending(
            {"live_50401": 50401, "live_50301": 50301, "live_40101": 40101, "task_empty": 40102}
        )
        if task.code == 50401:
            takes_s = options.live_limit_s
        task.finish_at = task.posted_at + options.scaled_s(takes_s)
        charged = options.live_50401_charged if task.code == 50401 else task.code != 50301
        task.spent = spent if charged else Decimal(0)

    def _ending(self, endings: Mapping[str, int]) -> int:
        for option, code in endings.items():
            if self.strikes(option):
                return code
        return 20000
