"""When a schedule fires: pure, so that every dispatcher comes to the same times.

Times are seconds since the epoch, in UTC; the zone is where the cron expression is meant. Over a change of
the clocks cron expressions follow Debian's cron: a time that does not exist fires when the gap ends, a time
that comes twice fires once, and what runs every so many minutes or hours keeps its distance.
"""

from __future__ import annotations

import hashlib
import math
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise, takewhile
from zoneinfo import ZoneInfo

from cronsim import CronSim, CronSimError

from producers.readable import shown
from producers.schedules.errors import CronNeverFires, CronWrong, StartAfterEnd
from producers.written_times import interval_text, wall_text

_SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_JUST_BEFORE_S = 0.001
"""Finer than any time of a schedule; datetimes know no less than a microsecond."""
_LOOKS_BACK_S = (3_600.0, 86_400.0, 30 * 86_400.0, 366 * 86_400.0, 20 * 366 * 86_400.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """A cron expression in a zone, or a plain interval from an anchor; between start and end, both included.

    Raises CronWrong, CronNeverFires, StartAfterEnd.
    """

    zone: ZoneInfo
    cron: str | None = None
    every_s: int | None = None
    anchor_at: float = 0.0
    """Where intervals are counted from; the anchor is a time itself."""
    start_at: float | None = None
    end_at: float | None = None

    def __post_init__(self) -> None:
        if (self.cron is None) == (self.every_s is None):
            raise ValueError("either a cron expression or an interval")
        if self.start_at is not None and self.end_at is not None and self.start_at > self.end_at:
            raise StartAfterEnd(start=self.wall(self.start_at), end=self.wall(self.end_at))
        if self.cron is not None:
            _check_cron(self.cron, self.zone)

    def __str__(self) -> str:
        if self.cron is not None:
            return f"{self.cron} {self.zone.key}"
        return f"every {interval_text(self.every_s or 0)}"

    def wall(self, moment: float) -> str:
        """What the clock on the wall shows at that moment."""
        return wall_text(moment, self.zone)

    def after(self, moment: float) -> Iterator[float]:
        """The times after that moment, in their order, none twice."""
        if self.start_at is not None:
            # The start may be a time itself.
            moment = max(moment, self.start_at - _JUST_BEFORE_S)
        times = self._cron_times(moment) if self.cron is not None else self._interval_times(moment)
        return takewhile(lambda at: self.end_at is None or at <= self.end_at, times)

    def next(self, moment: float) -> float | None:
        """The first time after that moment; None when there is none."""
        return next(self.after(moment), None)

    def passed(self, first: float, now: float, *, most: int) -> tuple[list[float], bool]:
        """The newest times from `first` up to now, oldest first, and whether there were more before them.

        It looks back further and further, so it takes little longer for an outage of years.
        """
        before = first - _JUST_BEFORE_S
        for look_s in _LOOKS_BACK_S:
            since = max(before, now - look_s)
            up_to_now = takewhile(lambda at: at <= now, self.after(since))
            found = list(deque(up_to_now, maxlen=most + 1))
            whole = since == before
            if whole or len(found) > most:
                break
        return found[-most:], not whole or len(found) > most

    def _interval_times(self, moment: float) -> Iterator[float]:
        assert self.every_s is not None
        number = max(0, math.floor((moment - self.anchor_at) / self.every_s) + 1)
        while True:
            yield self.anchor_at + number * self.every_s
            number += 1

    def _cron_times(self, moment: float) -> Iterator[float]:
        assert self.cron is not None
        last = moment
        for found in _cron(self.cron, datetime.fromtimestamp(moment, self.zone)):
            at = found.astimezone(UTC).timestamp()
            # In the hour that comes twice the library names times again that have passed.
            if at > last:
                last = at
                yield at


def jitter_of(schedule_id: str, fire_at: float, jitter_s: int) -> float:
    """How much later than its time this one fires: the same for all who ask, from 0 to below `jitter_s`."""
    if jitter_s <= 0:
        return 0.0
    drawn = hashlib.blake2b(f"{schedule_id} {fire_at!r}".encode(), digest_size=8).digest()
    return int.from_bytes(drawn) % (jitter_s * 1_000) / 1_000


def shortest_gap(times: list[float]) -> float:
    """The least time between two that follow each other; infinite for fewer than two."""
    return min((later - earlier for earlier, later in pairwise(times)), default=math.inf)


def _check_cron(text: str, zone: ZoneInfo) -> None:
    try:
        first = next(_cron(text, datetime(2001, 1, 1, tzinfo=zone)), None)
    except CronSimError as error:
        if "day-of-month" in str(error) and _is_impossible(text, zone):
            raise CronNeverFires(text=shown(text)) from None
        raise CronWrong(text=shown(text), what=str(error).lower()) from None
    if first is None:
        raise CronNeverFires(text=shown(text))


def _is_impossible(text: str, zone: ZoneInfo) -> bool:
    """Whether each field can be read and only the days are in none of the months."""
    minute, hour, day, month, weekday = _fields(text)
    for alone in ((minute, hour, day, "*", weekday), (minute, hour, "*", month, weekday)):
        try:
            CronSim(" ".join(alone), datetime(2001, 1, 1, tzinfo=zone))
        except CronSimError:
            return False
    return True


def _cron(text: str, since: datetime) -> Iterator[datetime]:
    return CronSim(" ".join(_fields(text)), since)


def _fields(text: str) -> list[str]:
    fields = _SHORTHANDS.get(text.strip().lower(), text).split()
    if len(fields) != 5:
        raise CronSimError(f"it has {len(fields)} field{'' if len(fields) == 1 else 's'}")
    return fields
