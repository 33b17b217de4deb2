"""Fires a schedule: one transaction that notes its times, makes a run as `loading`, and moves on.

Whoever commits it first has fired; for everybody else the schedule has moved, or the time is there already.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from producers.plan.estimate import estimate, job_groups
from producers.plan.model_check import FACTS, snapshot
from producers.plan.reserves import Reserves, reserves
from producers.schedules.errors import MonthSpent
from producers.schedules.misfires import Choice
from producers.schedules.monthly_cap import MonthMoney, month_money
from producers.submit.run_row import run_row
from producers.submit.versions import Reading
from producers.written_times import wall_text, zone_of
from promptrelay.books.forecast import history
from promptrelay.database import deployment
from promptrelay.database.accounts import model_lists
from promptrelay.database.runs import runs
from promptrelay.database.runs.loading import insert_run
from promptrelay.database.schedules import fires, schedules, versions
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.ids import new_id
from promptrelay.domain.schedule import FireOutcome, Overlap

MOST_QUEUED = 100
NOBODY = "nobody was there to fire it in time"
Values = dict[str, Any]


class Overtaken(Exception):
    """What this rests on has changed meanwhile, so nothing was fired; the next tick sees how it is now."""


@dataclass(frozen=True, slots=True)
class FiringContext:
    """Now by the schedules' time, and what prices are reckoned with."""

    now: float
    limits: AccountTerms


def take_times(
    connection: sa.Connection,
    schedule: schedules.ScheduleRow,
    choice: Choice,
    reading: Reading | None,
    *,
    moment: FiringContext,
    moved: Values,
) -> list[Values] | None:
    """Note what becomes of each time, with a run where there is one; None when another dispatcher did.

    Raises Overtaken.
    """
    if not schedules.move(connection, schedule, **moved):
        return None
    told: list[Values] = []
    for at in (*choice.missed, *choice.fires):
        if fires.has_come(connection, schedule["id"], at):
            continue
        row = fire_row(schedule, at, moment.now, outcome=FireOutcome.MISSED, reason=NOBODY)
        if at in choice.fires:
            row |= _outcome(connection, schedule, row["month"], choice, reading, moment)
        fires.insert(connection, row)
        told.append(row)
    return told


def release(
    connection: sa.Connection, waiting: fires.FireRow, reading: Reading, moment: FiringContext
) -> Values | None:
    """Start the run of a time that waited, if nothing of its schedule goes on; None when it still waits."""
    schedule = schedules.locked(connection, waiting["schedule_id"])
    if schedule["state"] not in fires.FIRES_QUEUED or fires.going(connection, schedule["id"]):
        return None
    started = _started(connection, schedule, waiting["month"], reading, moment)
    if not fires.take_queued(connection, waiting, **started):
        raise Overtaken
    return {**waiting, **started}


def fire_by_hand(
    connection: sa.Connection, schedule_id: str, reading: Reading, moment: FiringContext
) -> Values:
    """Start a run now, whatever goes on. Raises MonthSpent."""
    schedule = schedules.locked(connection, schedule_id)
    row = fire_row(schedule, moment.now, moment.now, by_hand=True)
    row |= _started(connection, schedule, row["month"], reading, moment)
    if row["outcome"] != FireOutcome.FIRED:
        raise MonthSpent(name=schedule["name"], why=row["reason"])
    fires.insert(connection, row)
    return row


def fire_row(schedule: Mapping[str, Any], at: float, now: float, **values: Any) -> Values:
    """A time of the schedule, in UTC and as the wall clock of its zone shows it."""
    zone = zone_of(schedule["zone"])
    return {
        "schedule_id": schedule["id"],
        "fire_at": at,
        "wall": wall_text(at, zone),
        "zone": schedule["zone"],
        "month": month_of(at, schedule["zone"]),
        "made_at": now,
        **values,
    }


def month_of(at: float, zone: str) -> str:
    """The calendar month there: `2026-11`."""
    return datetime.fromtimestamp(at, zone_of(zone)).strftime("%Y-%m")


def month_now(connection: sa.Connection, schedule: Mapping[str, Any], month: str) -> MonthMoney:
    """What the schedule's runs of a month have cost so far and may still cost."""
    rows = fires.month(connection, schedule["id"], month, lock=False)
    return month_money(month, schedule["monthly_cap_nanos"], rows)


def _outcome(
    connection: sa.Connection,
    schedule: schedules.ScheduleRow,
    month: str,
    choice: Choice,
    reading: Reading | None,
    moment: FiringContext,
) -> Values:
    going = fires.going(connection, schedule["id"])
    waiting = fires.count_queued(connection, schedule["id"])
    if schedule["overlap"] == Overlap.ALLOW or not (going or waiting):
        if reading is None:
            raise Overtaken
        return _started(connection, schedule, month, reading, moment)
    # What is made up for after an outage waits for its turn: else the first would push out all others.
    if schedule["overlap"] == Overlap.SKIP and not choice.makes_up:
        why = f"run {going} is not finished" if going else "earlier times wait for their run"
        return {"outcome": FireOutcome.SKIPPED, "reason": why}
    if waiting >= MOST_QUEUED:
        return {"outcome": FireOutcome.SKIPPED, "reason": f"{waiting} times wait already"}
    return {"outcome": FireOutcome.QUEUED, "reason": "an earlier run is not finished"}


def _started(
    connection: sa.Connection,
    schedule: schedules.ScheduleRow,
    month: str,
    reading: Reading,
    moment: FiringContext,
) -> Values:
    """A run that is loading, or why there is none: the columns of its time."""
    past = history(connection, schedule["account"])
    priced = estimate(job_groups(reading.survey, past, moment.limits), moment.limits)
    aside = reserves(reading.survey, past, moment.limits)
    rows = fires.month(connection, schedule["id"], month, lock=True)
    money = month_money(month, schedule["monthly_cap_nanos"], rows)
    told: Values = {"p50_nanos": priced.cost_p50.nanos, "p90_nanos": priced.cost_p90.nanos}
    why = money.why_not(priced.cost_p50.nanos)
    if why is not None:
        return {**told, "outcome": FireOutcome.SKIPPED, "reason": why}
    if money.has_cap:
        for run_id, bound in money.bounds.items():
            runs.update_options(connection, run_id, {"max_cost_nanos": bound})
    return {
        **told,
        "outcome": FireOutcome.FIRED,
        "reason": None,
        "run_id": _insert_run(connection, reading, aside, money.left),
        "version_id": reading.version_id,
        "previous_version_id": reading.previous_version_id,
        "prompts_added": reading.prompts_added,
        "prompts_removed": reading.prompts_removed,
    }


def _insert_run(connection: sa.Connection, reading: Reading, aside: Reserves, most_nanos: int) -> str:
    spec = reading.spec
    if not versions.hold(connection, reading.version_id):
        raise Overtaken  # Its last run was purged, and its prompts with it.
    deployment.ensure(connection)
    deployment.add_account(connection, spec.account)
    fingerprint = spec.fingerprint(reading.survey.input_hash)
    last = runs.latest(connection, spec.account, fingerprint)
    row = run_row(spec, new_id(), fingerprint, 1 if last is None else last["generation"] + 1)
    row |= aside.to_columns()
    row["max_cost_nanos"] = min(row["max_cost_nanos"], most_nanos)
    facts = snapshot(reading.survey.jobs, model_lists.read(connection, spec.account))
    row["version_id"] = reading.version_id
    if not insert_run(connection, row | {"options": spec.options() | {FACTS: facts}}):
        raise Overtaken
    return str(row["id"])
