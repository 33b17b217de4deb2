"""Zones, intervals and moments as people write them."""

from __future__ import annotations

import difflib
import re
from datetime import date, datetime, time
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from producers.errors import IntervalWrong, MomentWrong, ZoneUnknown
from producers.readable import shown

_UNITS_S = {"s": 1, "m": 60, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_INTERVAL = re.compile(r"(\d{1,6})\s*(s|m|min|h|d|w)")


@cache
def zone_of(name: str) -> ZoneInfo:
    """The time zone of that name. Raises ZoneUnknown with the nearest there is."""
    try:
        return ZoneInfo(name)
    # A name with a NUL or a slash in front is a ValueError, one that is a folder an OSError.
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ZoneUnknown(name=shown(name), nearest=_nearest(name)) from None


def seconds_of(text: str, *, field: str) -> int:
    """The seconds of a length of time such as `6h`, `90 min` or `1d`. Raises IntervalWrong."""
    found = _INTERVAL.fullmatch(text.strip().lower())
    seconds = int(found[1]) * _UNITS_S[found[2]] if found else 0
    if seconds <= 0:
        raise IntervalWrong(field=field, text=shown(text))
    return seconds


def interval_text(seconds: int) -> str:
    """The shortest way to write it: `6h`, `90m`."""
    unit = next(unit for unit in ("w", "d", "h", "m", "s") if seconds % _UNITS_S[unit] == 0)
    return f"{seconds // _UNITS_S[unit]}{unit}"


def moment_of(text: str, zone: ZoneInfo, *, field: str, ends: bool = False) -> float:
    """The moment of a date, or of a date and time, in the zone unless it names its offset.

    A date alone is the start of its day, and with `ends` the last second of it. Raises MomentWrong.
    """
    written = text.strip()
    try:
        if len(written) <= len("2026-01-31"):
            day = date.fromisoformat(written)
            found = datetime.combine(day, time(23, 59, 59) if ends else time())
        else:
            found = datetime.fromisoformat(written)
        return (found if found.tzinfo else found.replace(tzinfo=zone)).timestamp()
    except (ValueError, OverflowError):
        raise MomentWrong(field=field, text=shown(text)) from None


def wall_text(moment: float, zone: ZoneInfo) -> str:
    """The wall clock's time there with its offset: `2026-03-29 03:00:00+02:00`."""
    return datetime.fromtimestamp(moment, zone).isoformat(sep=" ", timespec="seconds")


def _nearest(name: str) -> str:
    zones = available_timezones()
    folded = {zone.casefold(): zone for zone in zones}
    # Most people know the city and not the continent.
    cities = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(zones, reverse=True)}
    wanted = name.strip().casefold().replace(" ", "_")
    for names, text in ((folded, wanted), (cities, wanted.rpartition("/")[2])):
        near = difflib.get_close_matches(text, names, n=1, cutoff=0.75)
        if near:
            return f" (did you mean {names[near[0]]}?)"
    return ""
