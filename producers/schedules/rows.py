"""Schedules between their rows in the database and their times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from producers.schedules.times import Timing, jitter_of
from producers.written_times import interval_text, zone_of
from promptrelay.domain.schedule import ScheduleState


def timing_of(row: Mapping[str, Any]) -> Timing:
    """When the schedule fires."""
    return Timing(
        zone=zone_of(row["zone"]),
        cron=row["cron"],
        every_s=row["every_s"],
        anchor_at=row["anchor_at"],
        start_at=row["start_at"],
        end_at=row["end_at"],
    )


def timing_text(row: Mapping[str, Any]) -> str:
    """The same in a few words, also of a zone that is gone."""
    if row["cron"] is not None:
        return f"{row['cron']} {row['zone']}"
    return f"every {interval_text(row['every_s'])}"


def next_columns(schedule_id: str, timing: Timing, last_at: float, jitter_s: int) -> dict[str, Any]:
    """The columns of a schedule that has come to `last_at`: its next time, or that it has ended."""
    at = timing.next(last_at)
    if at is None:
        ended = {"state": ScheduleState.ENDED, "reason": "it has no further time"}
        return {"last_at": last_at, "next_at": None, "next_wall": None, "due_at": None, **ended}
    due_at = at + jitter_of(schedule_id, at, jitter_s)
    return {"last_at": last_at, "next_at": at, "next_wall": timing.wall(at), "due_at": due_at}
