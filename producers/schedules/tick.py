"""What the dispatcher does for schedules each tick: fire what is due, load the runs that were made.

Files are read in a thread, because a long one must not keep the clock from ticking; everything else is a
transaction or a slice. Any number of dispatchers come to the same: see `run_starting` and `submit.loading`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from producers.campaign.spec import CampaignSpec
from producers.errors import ProducerError
from producers.schedules.errors import ReadingFailed
from producers.schedules.misfires import Choice, choose
from producers.schedules.rows import next_columns, timing_of
from producers.schedules.run_starting import FiringContext, Overtaken, fire_row, release, take_times
from producers.schedules.times import Timing, jitter_of
from producers.submit.loading import load_slice
from producers.submit.versions import Reading, read_version
from promptrelay.database.clock import database_time
from promptrelay.database.database import Database
from promptrelay.database.errors import AWAY
from promptrelay.database.schedules import fires, schedules
from promptrelay.domain.account.terms import AccountTerms
from promptrelay.domain.calendar import Calendar
from promptrelay.domain.clock import Clock
from promptrelay.domain.drill import Passes, nothing_happens
from promptrelay.domain.schedule import FireOutcome, Misfire, Overlap, ScheduleState

log = logging.getLogger(__name__)

MOST_PASSED = 200
"""Of times that passed unseen at most so many are noted one by one."""
_LOADING_S = 0.2
"""How long a tick may load; then the clock has other things to do."""

SpecReader = Callable[[str, Path, Mapping[str, Any]], CampaignSpec]
"""The campaign of an account, a file, and what the command line said of it. Raises ProducerError."""
Values = dict[str, Any]


@dataclass(slots=True)
class Firing:
    """The schedules' part of a tick; each is safe to repeat, to lose, and to do twice at once."""

    account: str
    """Whose schedules it fires."""
    database: Database
    calendar: Calendar
    read_spec: SpecReader
    limits: AccountTerms
    threads: Executor
    clock: Clock
    grace_s: float
    passes: Passes = nothing_happens
    _readings: dict[tuple[str, float], Future[Reading]] = field(default_factory=dict)
    _checked: bool = False

    def tick(self) -> None:
        """Everything of schedules that is due now. Raises what a database raises that is away."""
        if not self._checked:
            self._follow_new_rules()
        with self.database.read() as connection:
            now = self.calendar.at(database_time(connection))
            due = schedules.due(connection, now, account=self.account)
            queued = fires.queued(connection, self.account)
            free = [row for row in queued if not fires.going(connection, row["schedule_id"])]
            loading = fires.loading(connection, self.account)
        wanted = {(row["id"], row["next_at"]) for row in due} | {_key(row) for row in free}
        self._readings = {key: found for key, found in self._readings.items() if key in wanted}
        for row in due:
            self._alone(row, partial(self._tend, row, now))
        for waiting in free:
            with self.database.read() as connection:
                row = schedules.by_id(connection, waiting["schedule_id"])
            self._alone(row, partial(self._release, row, waiting, now))
        self._load(loading)

    def _alone(self, row: schedules.ScheduleRow, work: Callable[[], None]) -> None:
        """Do it; what the database does not take of one schedule pauses that one, and the others fire."""
        try:
            work()
        except AWAY:
            raise
        except SQLAlchemyError as error:
            kind = type(error).__name__
            log.error("schedule.not_taken", extra={"schedule": row["name"], "kind": kind})
            reason = f"the database does not take what it would write ({kind}): look at the campaign's texts"
            self._pause(row, Choice((), ()), 0.0, reason, {})

    def _follow_new_rules(self) -> None:
        """Reckon anew when a zone's rules have changed since the next time was noted.

        Once a process: it keeps the rules that it has read.
        """
        with self.database.read() as connection:
            found = schedules.active(connection, account=self.account)
        for row in found:
            timing = self._timing(row)
            if timing is None or row["next_at"] is None or timing.wall(row["next_at"]) == row["next_wall"]:
                continue
            last = max(row["made_at"], row["last_at"] or 0.0)
            with self.database.write() as connection:
                if schedules.move(connection, row, **next_columns(row["id"], timing, last, row["jitter_s"])):
                    log.info("schedule.moved", extra={"schedule": row["name"]})
        self._checked = True

    def _tend(self, row: schedules.ScheduleRow, now: float) -> None:
        timing = self._timing(row)
        if timing is None:
            return
        passed, more = timing.passed(row["next_at"], now, most=MOST_PASSED)
        passed = [at for at in passed if at + jitter_of(row["id"], at, row["jitter_s"]) <= now]
        choice = choose(
            passed,
            now,
            misfire=Misfire(row["misfire"]),
            most=row["misfire_max"],
            grace_s=self.grace_s + row["jitter_s"],
        )
        moved = next_columns(row["id"], timing, passed[-1] if passed else row["next_at"], row["jitter_s"])
        reading = None
        if self._needs_reading(row, choice):
            try:
                reading = self._reading(row, row["next_at"])
            except ProducerError as error:
                self._pause(row, choice, now, str(error), moved)
                return
            if reading is None:
                return
        self._fire(row, choice, reading, FiringContext(now, self.limits), moved)
        if more:
            log.warning("schedule.long_outage", extra={"schedule": row["name"], "noted": len(passed)})

    def _timing(self, row: schedules.ScheduleRow) -> Timing | None:
        """When it fires; None when nobody can say any more, as with a zone that is gone."""
        try:
            return timing_of(row)
        except ProducerError as error:
            self._pause(row, Choice((), ()), 0.0, str(error), {})
            return None

    def _needs_reading(self, row: schedules.ScheduleRow, choice: Choice) -> bool:
        if not choice.fires:
            return False
        if row["overlap"] == Overlap.ALLOW:
            return True
        with self.database.read() as connection:
            busy = fires.going(connection, row["id"]) or fires.count_queued(connection, row["id"])
        return not busy

    def _reading(self, row: schedules.ScheduleRow, at: float) -> Reading | None:
        """What the file says for that time; None while it is being read. Raises ProducerError."""
        key = (row["id"], at)
        if key not in self._readings:
            self._readings[key] = self.threads.submit(self._read, dict(row))
        if not self._readings[key].done():
            return None
        try:
            return self._readings.pop(key).result()
        except (ProducerError, SQLAlchemyError):
            raise
        # One file that nobody foresaw must not end the clock of all other runs.
        except Exception as error:
            log.exception("schedule.reading_failed", extra={"schedule": row["name"]})
            raise ReadingFailed(path=row["file"], kind=type(error).__name__) from None

    def _read(self, row: Mapping[str, Any]) -> Reading:
        path = Path(row["file"])
        spec = self.read_spec(row["account"], path, row["given"])
        found = read_version(self.database, spec, path, row["id"])
        self.passes("schedule.after_reading")
        return found

    def _fire(
        self,
        row: schedules.ScheduleRow,
        choice: Choice,
        reading: Reading | None,
        moment_: FiringContext,
        moved: Values,
    ) -> None:
        self.passes("schedule.before_fire")
        try:
            with self.database.write() as connection:
                told = take_times(connection, row, choice, reading, moment=moment_, moved=moved)
        except Overtaken:
            return  # The next tick sees what the other one did.
        self.passes("schedule.after_fire")
        _tell(row, told or ())

    def _release(self, row: schedules.ScheduleRow, waiting: fires.FireRow, now: float) -> None:
        try:
            reading = self._reading(row, waiting["fire_at"])
        except ProducerError as error:
            with self.database.write() as connection:
                fires.take_queued(connection, waiting, outcome=FireOutcome.SKIPPED, reason=str(error))
            self._pause(row, Choice((), ()), now, str(error), {})
            return
        if reading is None:
            return
        try:
            with self.database.write() as connection:
                fire = release(connection, waiting, reading, FiringContext(now, self.limits))
        except Overtaken:
            return
        if fire is not None:
            _tell(row, [fire])

    def _pause(
        self, row: schedules.ScheduleRow, choice: Choice, now: float, reason: str, moved: Values
    ) -> None:
        """What the file is now cannot be sent: nothing more is fired until somebody has looked."""
        with self.database.write() as connection:
            paused = schedules.move(
                connection, row, **{**moved, "state": ScheduleState.PAUSED, "reason": reason}
            )
            for at in (*choice.missed, *choice.fires) if paused else ():
                fires.insert(connection, fire_row(row, at, now, outcome=FireOutcome.SKIPPED, reason=reason))
        if paused:
            log.error("schedule.paused", extra={"schedule": row["name"], "reason": reason})

    def _load(self, loading: Iterable[str]) -> None:
        ends_at = self.clock.boottime() + _LOADING_S
        for run_id in loading:
            while self.clock.boottime() < ends_at and load_slice(self.database, run_id, self.passes):
                pass


def _key(waiting: fires.FireRow) -> tuple[str, float]:
    return waiting["schedule_id"], waiting["fire_at"]


def _tell(row: schedules.ScheduleRow, told: Iterable[Mapping[str, Any]]) -> None:
    """A line for each time with what became of it; what was missed together is one."""
    missed = [fire for fire in told if fire["outcome"] == FireOutcome.MISSED]
    if missed:
        facts = {"first": missed[0]["wall"], "last": missed[-1]["wall"], "times": len(missed)}
        log.warning("schedule.missed", extra={"schedule": row["name"], **facts})
    for fire in told:
        if fire["outcome"] != FireOutcome.MISSED:
            facts = {"wall": fire["wall"], "run": fire.get("run_id") or "-"}
            log.info(f"schedule.{fire['outcome']}", extra={"schedule": row["name"], **facts})
