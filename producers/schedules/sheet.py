"""What is to be said of schedules: their next times, their money, and what became of their times."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import islice
from typing import Any

import sqlalchemy as sa

from producers.schedules.rows import timing_of, timing_text
from producers.schedules.run_starting import month_now, month_of
from producers.schedules.schedules import SHOWN_TIMES
from producers.schedules.times import Timing
from promptrelay.database.schedules import fires, schedules, versions
from promptrelay.domain.money import Usd
from promptrelay.domain.schedule import ScheduleState

SHOWN_PROMPTS = 100


def utc_text(at: float) -> str:
    """`2026-11-22T06:00:00Z`."""
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def times_json(timing: Timing, times: list[float]) -> list[dict[str, str]]:
    """Each time in UTC and as the wall clock of the zone shows it."""
    return [{"utc": utc_text(at), "wall": timing.wall(at)} for at in times]


def list_json(connection: sa.Connection, account: str, *, removed: bool) -> list[dict[str, Any]]:
    """The account's schedules by name, with their next and their last time."""
    found = schedules.all_of(connection, account, removed=removed)
    return [_head(row) | {"last": _last(connection, row)} for row in found]


def sheet_json(
    connection: sa.Connection, row: schedules.ScheduleRow, now: float, *, most: int
) -> dict[str, Any]:
    """All of one schedule with its newest times; money as decimal strings in USD."""
    timing = timing_of(row)
    times = list(islice(timing.after(now), SHOWN_TIMES)) if row["state"] == ScheduleState.ACTIVE else []
    money = month_now(connection, row, month_of(now, row["zone"]))
    history = fires.history(connection, row["id"], most)
    return _head(row) | {
        "file": row["file"],
        "options": row["given"],
        "start": _moment(timing, row["start_at"]),
        "end": _moment(timing, row["end_at"]),
        "jitter_s": row["jitter_s"],
        "misfire": row["misfire"],
        "misfire_max": row["misfire_max"],
        "overlap": row["overlap"],
        "monthly_cap": str(Usd(money.cap)) if money.has_cap else None,
        "month": {
            "month": money.month,
            "spent": str(Usd(money.booked)),
            "set_aside": str(Usd(money.set_aside)),
            "left": str(Usd(money.left)) if money.has_cap else None,
        },
        "times": times_json(timing, times),
        "history": [fire_json(connection, fire) for fire in history],
    }


def fire_json(connection: sa.Connection, fire: fires.FireRow) -> dict[str, Any]:
    """What became of one time, with the prompts that differ from the run before: at most a hundred each."""
    return {
        "utc": utc_text(fire["fire_at"]),
        "wall": fire["wall"],
        "zone": fire["zone"],
        "by_hand": fire["by_hand"],
        "outcome": fire["outcome"],
        "reason": fire["reason"],
        "run": fire["run_id"],
        "run_state": fire["run_state"],
        "spent": None if fire["run_id"] is None else str(Usd(int(fire["spent_nanos"] or 0))),
        "expected": {"p50": str(Usd(fire["p50_nanos"])), "p90": str(Usd(fire["p90_nanos"]))},
        **changes_json(connection, fire),
    }


def changes_json(connection: sa.Connection, fire: fires.FireRow) -> dict[str, Any]:
    """How the run's campaign differs from that of the schedule's run before."""
    new, old = fire["version_id"], fire["previous_version_id"]
    changed = None if new is None or old is None else new != old
    return {
        "version": new,
        "previous_version": old,
        "changed": changed,
        "prompts_added": fire["prompts_added"],
        "prompts_removed": fire["prompts_removed"],
        "prompts": _prompts(connection, new, old) if changed else {"added": [], "removed": []},
    }


def _prompts(connection: sa.Connection, new: str, old: str) -> dict[str, list[dict[str, str]]]:
    if not (versions.is_kept(connection, new) and versions.is_kept(connection, old)):
        return {"added": [], "removed": []}  # Purged.
    return {
        name: [
            {"row_id": row["row_id"], "prompt": row["prompt"]}
            for row in versions.new_prompts(connection, here, there, SHOWN_PROMPTS)
        ]
        for name, here, there in (("added", new, old), ("removed", old, new))
    }


def _head(row: schedules.ScheduleRow) -> dict[str, Any]:
    going = row["state"] == ScheduleState.ACTIVE and row["next_at"] is not None
    return {
        "schedule": row["name"],
        "id": row["id"],
        "campaign": row["campaign"],
        "account": row["account"],
        "state": row["state"],
        "reason": row["reason"],
        "timing": timing_text(row),
        "cron": row["cron"],
        "every_s": row["every_s"],
        "zone": row["zone"],
        "next": {"utc": utc_text(row["next_at"]), "wall": row["next_wall"]} if going else None,
    }


def _last(connection: sa.Connection, row: schedules.ScheduleRow) -> dict[str, Any] | None:
    newest = fires.history(connection, row["id"], 1)
    return (
        None
        if not newest
        else {name: newest[0][name] for name in ("wall", "outcome", "reason")} | {"run": newest[0]["run_id"]}
    )


def _moment(timing: Timing, at: float | None) -> dict[str, str] | None:
    return None if at is None else times_json(timing, [at])[0]
