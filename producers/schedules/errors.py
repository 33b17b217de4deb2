"""What can be wrong with a schedule."""

from __future__ import annotations

from producers.errors import ScheduleError


class TimingUnclear(ScheduleError):
    """{what}: give either a cron expression (--cron "0 7 * * *") or an interval (--every 6h), in the
    campaign file under schedule: or as an option."""


class CronWrong(ScheduleError):
    """The cron expression {text} cannot be read: {what}. It has five fields, minute hour day-of-month month
    day-of-week, as in 0 7 * * 1-5."""


class CronNeverFires(ScheduleError):
    """The cron expression {text} never fires: no such day is in its months."""


class NoTimeLeft(ScheduleError):
    """{timing} has no time after now{why}."""


class StartAfterEnd(ScheduleError):
    """The start {start} is after the end {end}."""


class JitterTooLong(ScheduleError):
    """jitter: {jitter} is longer than the {gap} between two times of the schedule."""


class CapTooSmall(ScheduleError):
    """The monthly cap {cap} does not pay for one run, which is expected to cost {cost}."""


class ReadingFailed(ScheduleError):
    """{path}: reading it failed in an unforeseen way ({kind}); the dispatcher's log says more."""


class ScheduleExists(ScheduleError):
    """There is a schedule called {name} already: remove it first (promptrelay schedule remove {name}), or
    give this one another name with --as."""


class ScheduleUnknown(ScheduleError):
    """No schedule is called {name}{nearest}"""


class MonthSpent(ScheduleError):
    """Schedule {name}: {why}."""
