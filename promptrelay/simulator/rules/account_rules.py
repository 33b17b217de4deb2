"""When the account as a whole is refused: locked, unpaid, over its daily limit, or asking the same again."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

import msgspec

from promptrelay.simulator.call import Call
from promptrelay.simulator.envelope import Json
from promptrelay.simulator.errors import Invalid, Refused
from promptrelay.simulator.options import SimulatorOptions

HOUR_S, DAY_S = 3600.0, 86_400.0
_PAID = ("task_post", "live")
_HTTP = {40100: 401, 40200: 402}
_EVERY_CALL = (40100, 40207)
_PAID_CALLS = (40204, 40210)


@dataclass
class Account:
    """What the account spent on the current UTC day, and which tasks it was asked for of late."""

    spent_today: Decimal = Decimal(0)
    day: str = ""
    _asked: dict[bytes, list[float]] = field(default_factory=lambda: defaultdict(list))

    def spend(self, amount: Decimal, now: float) -> None:
        """Count what a task moved; what comes back counts against it."""
        self._begin_day(now)
        self.spent_today += amount

    def spent_until(self, now: float) -> Decimal:
        """Say what the current day has cost so far."""
        self._begin_day(now)
        return self.spent_today

    def refuse_call(self, call: Call, options: SimulatorOptions) -> None:
        """Raise Refused if the account's state forbids the whole call."""
        code = _code(options)
        if code and _concerns(code, call.endpoint, options) and not _by_entry(code, call.endpoint, options):
            raise Refused(code, _HTTP.get(code, 200))

    def refuse_task(
        self, call: Call, task: Json, price: Decimal, options: SimulatorOptions, now: float
    ) -> None:
        """Raise Invalid if the account's state forbids this one task."""
        code = _code(options)
        if code and _concerns(code, call.endpoint, options):
            raise Invalid(code, "")
        self._begin_day(now)
        if options.daily_cost_limit and self.spent_today + price > options.daily_cost_limit:
            raise Invalid(40203, "")
        self._refuse_repeated(call, task, options, now)

    def _refuse_repeated(self, call: Call, task: Json, options: SimulatorOptions, now: float) -> None:
        if not (options.duplicates_per_hour or options.duplicates_per_day):
            return
        told = {key: value for key, value in task.items() if options.tag_in_duplicates or key != "tag"}
        asked = self._asked["/".join(call.path).encode() + msgspec.json.encode(told, order="sorted")]
        for limit, code, length_s in (
            (options.duplicates_per_day, 40206, DAY_S),
            (options.duplicates_per_hour, 40205, HOUR_S),
        ):
            if limit and sum(moment > now - options.scaled_s(length_s) for moment in asked) >= limit:
                raise Invalid(code, "")
        asked.append(now)

    def _begin_day(self, now: float) -> None:
        today = datetime.fromtimestamp(now, UTC).date().isoformat()
        if today != self.day:
            self.day, self.spent_today = today, Decimal(0)


def _code(options: SimulatorOptions) -> int:
    return 0 if options.account_code == "none" else int(options.account_code)


def _concerns(code: int, endpoint: str, options: SimulatorOptions) -> bool:
    if endpoint in _PAID or code in _EVERY_CALL:
        return True
    return not (code in _PAID_CALLS or endpoint == "user_data" or options.account_code_spares_free)


def _by_entry(code: int, endpoint: str, options: SimulatorOptions) -> bool:
    return endpoint in _PAID and code not in _HTTP and options.account_code_at == "entry"
