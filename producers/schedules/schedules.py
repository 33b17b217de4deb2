"""Makes schedules from what files and options say, and keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, takewhile
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from producers.campaign.known_keys import nearest
from producers.plan.plan import Plan
from producers.readable import dollars, duration, shown
from producers.schedules.errors import CapTooSmall, JitterTooLong, NoTimeLeft, ScheduleExists, ScheduleUnknown
from producers.schedules.rows import next_columns, timing_of
from producers.schedules.times import Timing, shortest_gap
from producers.written_times import interval_text
from promptrelay.database import deployment
from promptrelay.database.schedules import fires, schedules
from promptrelay.database.schema import NO_CAP_NANOS
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import Usd
from promptrelay.domain.schedule import Misfire, Overlap, ScheduleState

SHOWN_TIMES = 5
MONTH = timedelta(days=30)
_MOST_COUNTED = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A schedule as it is asked for. Raises JitterTooLong when it is made."""

    name: str
    account: str
    campaign: str
    file: Path
    given: Mapping[str, Any]
    """What the command line said of the campaign."""
    timing: Timing
    jitter_s: int = 0
    misfire: Misfire = Misfire.ONCE
    misfire_max: int = 10
    overlap: Overlap = Overlap.SKIP
    monthly_cap: Usd | None = None

    def next_times(self, now: float, most: int = SHOWN_TIMES) -> list[float]:
        """Its next times. Raises NoTimeLeft, JitterTooLong."""
        times = list(islice(self.timing.after(now), most))
        if not times:
            why = "" if self.timing.end_at is None else f": its end is {self.timing.wall(self.timing.end_at)}"
            raise NoTimeLeft(timing=self.timing, why=why)
        gap = shortest_gap(times)
        if self.jitter_s >= gap:
            raise JitterTooLong(jitter=interval_text(self.jitter_s), gap=duration(gap))
        return times

    def times_a_month(self, now: float) -> int:
        """How often it fires in the thirty days from its next time on."""
        first = datetime.fromtimestamp(self.next_times(now, 1)[0], self.timing.zone)
        # Days of the calendar there: one of them may have 23 or 25 hours.
        ends_at = (first + MONTH).timestamp()
        month = takewhile(lambda at: at < ends_at, self.timing.after(now))
        return sum(1 for _ in islice(month, _MOST_COUNTED))


@dataclass(frozen=True, slots=True)
class Projection:
    """What a month of a schedule is likely to cost, were nothing capped."""

    runs: int
    low: Usd
    high: Usd

    def to_json(self) -> dict[str, Any]:
        """Money as decimal strings in USD."""
        return {"days": MONTH.days, "runs": self.runs, "p50": str(self.low), "p90": str(self.high)}


def project(wanted: Wanted, plan: Plan, now: float) -> Projection:
    """The cost of thirty days. Raises CapTooSmall when the cap does not pay for one run."""
    cap, once = wanted.monthly_cap, plan.estimate.cost_p50
    if cap is not None and once > cap:
        raise CapTooSmall(cap=dollars(cap), cost=dollars(once))
    count = wanted.times_a_month(now)
    return Projection(count, once * count, plan.estimate.cost_p90 * count)


def add(connection: sa.Connection, wanted: Wanted, now: float) -> str:
    """Keep the schedule, active from now on; its id. Raises ScheduleExists, NoTimeLeft, JitterTooLong."""
    wanted.next_times(now)
    schedule_id, timing = new_id(), wanted.timing
    deployment.ensure(connection)
    deployment.add_account(connection, wanted.account)
    row = {
        "id": schedule_id,
        "account": wanted.account,
        "name": wanted.name,
        "campaign": wanted.campaign,
        "file": str(wanted.file),
        "given": dict(wanted.given),
        "cron": timing.cron,
        "every_s": timing.every_s,
        "anchor_at": timing.anchor_at,
        "zone": timing.zone.key,
        "start_at": timing.start_at,
        "end_at": timing.end_at,
        "jitter_s": wanted.jitter_s,
        "misfire": wanted.misfire,
        "misfire_max": wanted.misfire_max,
        "overlap": wanted.overlap,
        "monthly_cap_nanos": NO_CAP_NANOS if wanted.monthly_cap is None else wanted.monthly_cap.nanos,
        "state": ScheduleState.ACTIVE,
        "made_at": now,
        **next_columns(schedule_id, timing, now, wanted.jitter_s),
    }
    if not schedules.insert(connection, row):
        raise ScheduleExists(name=wanted.name)
    return schedule_id


def find(connection: sa.Connection, account: str, name: str) -> schedules.ScheduleRow:
    """The schedule of that name or id. Raises ScheduleUnknown with the nearest there is."""
    found = schedules.find(connection, account, name)
    if found is None:
        names = [row["name"] for row in schedules.all_of(connection, account)]
        near = nearest(name, names)
        hint = f"; did you mean {near}?" if near else "; promptrelay schedule list shows them"
        raise ScheduleUnknown(name=shown(name), nearest=hint)
    return found


def pause(connection: sa.Connection, schedule_id: str, reason: str) -> bool:
    """Fire no more until it is resumed; False when it was not active."""
    return schedules.change(
        connection, schedule_id, expected=[ScheduleState.ACTIVE], state=ScheduleState.PAUSED, reason=reason
    )


def resume(connection: sa.Connection, row: schedules.ScheduleRow, now: float) -> bool:
    """Fire again from now on, and make up for nothing; False when it was not paused. Raises NoTimeLeft."""
    timing = timing_of(row)
    if timing.next(now) is None:
        raise NoTimeLeft(timing=timing, why="")
    columns = next_columns(row["id"], timing, now, row["jitter_s"])
    active = {"state": ScheduleState.ACTIVE, "reason": None}
    return schedules.change(connection, row["id"], expected=[ScheduleState.PAUSED], **columns, **active)


def remove(connection: sa.Connection, schedule_id: str) -> bool:
    """Fire nothing of it any more; its history stays, and its name is free. False when it was removed."""
    kept = [state for state in ScheduleState if state != ScheduleState.REMOVED]
    done = schedules.change(
        connection, schedule_id, expected=kept, state=ScheduleState.REMOVED, reason=None, due_at=None
    )
    if done:
        fires.drop_queued(connection, schedule_id, "the schedule was removed")
    return done
