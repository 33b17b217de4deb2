"""The clock: claims due jobs, publishes bounded windows of messages, and gives out upkeep.

Any number of dispatchers do no harm: what may be sent is decided in SQL, by the workers.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial

import redis
import sqlalchemy as sa

from producers.clock.account_watch import AccountWatch
from producers.clock.duties import Duties
from producers.clock.fair_claims import FairClaims
from producers.clock.fair_order import Contender
from producers.clock.live_feed import LiveFeed
from producers.clock.recovery import Recovery
from producers.schedules.tick import Firing
from promptrelay.broker import COLLECT, GET, RECOVER, Publisher
from promptrelay.database import tending, upkeep
from promptrelay.database.attempts import claims, looks
from promptrelay.database.attempts.claims import Kind
from promptrelay.database.attempts.permission import unresolved
from promptrelay.database.database import Database
from promptrelay.database.runs import cancelling, runs
from promptrelay.database.runs.caps import stop_at_caps
from promptrelay.dataforseo.errors import AllowanceUnavailable
from promptrelay.domain.clock import Clock
from promptrelay.domain.evidence import OutcomeUnknown
from promptrelay.domain.platform import STANDARD_PLATFORMS, Method
from promptrelay.domain.states import RunState
from promptrelay.domain.waits import Waits

log = logging.getLogger(__name__)

TICK_S = 0.25
CHUNK = 100
CHUNKS_WAITING = 6
"""Per platform: a window far below half a lease of work, whatever the rate."""
POLLS_WAITING = 60
_READY_SPACING_S = 3.2
_UPKEEP_EVERY_S = {
    "upkeep.models": 86400.0,
    "upkeep.compact": 30.0,
    "upkeep.numbers": 60.0,
    "upkeep.tidy": 86400.0,
}


@dataclass(slots=True)
class WaitingJobs:
    """Whose jobs may be sent now, what is on its way already, and how many more the account has room for."""

    contenders: list[Contender]
    on_the_way: Counter[Kind]
    suspected: Collection[Kind]
    left: int


Record = Callable[[list[OutcomeUnknown]], None]


@dataclass(slots=True)
class Dispatcher:
    """One tick after the other; each is safe to repeat or to lose."""

    account: str
    """Whose work it hands out; what belongs to no account it tends for all."""
    database: Database
    publisher: Publisher
    redis: redis.Redis
    live: LiveFeed
    clock: Clock
    record: Record
    claim_lease_s: float
    look_lease_s: float
    send_window_s: float
    call_deadline_s: float
    recovery: Recovery
    last_look_after_s: float
    """Without polling, only attempts this old are looked at; 0 with polling."""
    balance_every_s: float = 60.0
    firing: Firing | None = None
    """What fires schedules; None: this one fires none."""
    waits: Waits = field(default_factory=Waits)
    """What it waits for, for its heartbeat."""
    ticked_at: float = field(init=False)
    """When the last tick ended, by `clock.boottime`."""
    _redis_run_id: str = ""
    _redis_failed: bool = False
    _accounts: AccountWatch = field(init=False)
    _claims: FairClaims = field(init=False)
    _duties: Duties = field(init=False)

    def __post_init__(self) -> None:
        self._accounts = AccountWatch(self.database)
        self._claims = FairClaims(self.account, self.database, self.claim_lease_s)
        self._duties = Duties(self.waits)
        self.ticked_at = self.clock.boottime()

    def tick(self) -> None:
        """Everything that is due now. What is in the way of one part is logged and stops that part alone.

        SQL is tended first and whatever Redis does: schedules fire, cancelled runs end, finished ones finish.
        """
        for name, duty in self._in_sql():
            self._duties.run(name, duty)
        self._through_redis()
        self.ticked_at = self.clock.boottime()

    def _in_sql(self) -> Iterator[tuple[str, Callable[[], None]]]:
        yield "unknown outcomes", self._note_overdue
        yield "states", self._tend_states
        yield "accounts", self._accounts.tend
        if self.firing is not None:
            yield "schedules", self.firing.tick

    def _through_redis(self) -> None:
        parts = (self._notice_new_redis, self._publish_jobs, self._publish_looks, self._publish_upkeep)
        # One that fails is enough: a job claimed for a message that cannot be sent waits for its lease.
        self._redis_failed = not all(self._duties.run(part.__name__, part) for part in parts)
        if not self._redis_failed:
            self._duties.redis_serves()

    def _notice_new_redis(self) -> None:
        """P4: another Redis has lost the queue, so every lease on a message has ended."""
        if self._redis_failed:
            # It may answer and take nothing: a replica, or one that is full.
            self.redis.set("promptrelay:dispatcher", self.clock.boot_id(), ex=60)
        found = str(self.redis.info("server")["run_id"])
        if found != self._redis_run_id:
            with self.database.write() as connection:
                ended = looks.end_leases(connection, self.account)
                ended += claims.end_leases(connection, self.account)
            log.info("redis.met", extra={"leases_ended": ended})
            self._redis_run_id = found

    def _note_overdue(self) -> None:
        moment = (self.clock.boot_id(), self.clock.boottime())
        with self.database.read() as connection:
            overdue = unresolved(
                connection, *moment, deadline_s=self.call_deadline_s, window_s=self.send_window_s
            )
        if overdue:
            log.warning("attempts.unknown", extra={"attempts": len(overdue)})
            self.record([OutcomeUnknown(attempt_id=key, abandoned=True) for key in overdue])

    def _tend_states(self) -> None:
        with self.database.read() as connection:
            if not tending.is_due(connection):
                return
        # Attempts, jobs, runs, accounts: the order in which everybody locks (P31).
        with self.database.write() as connection:
            looks.count_deaths(connection, rest_s=self.recovery.rest_s)
            claims.end_stale_leases(connection)
            cancelling.cancel_jobs(connection)
            for run_id in stop_at_caps(connection):
                log.warning("run.stopped_budget", extra={"run": run_id})
            for run_id in runs.finish_done(connection):
                log.info("run.finished", extra={"run": run_id})

    def _publish_jobs(self) -> None:
        waiting_jobs = self._look_at_jobs()
        if not waiting_jobs.contenders:
            return
        with self.database.read() as connection:
            window = self.recovery.room(connection, CHUNK * CHUNKS_WAITING)
        for platform in STANDARD_PLATFORMS:
            for some in self._claimed(waiting_jobs, (platform, Method.STANDARD), window):
                self.publisher.post(platform, some)
        self.live.tend()
        self._ask(waiting_jobs)

    def fill_slots(self) -> None:
        """Ask Live for as many jobs as slots have become free since the last tick."""
        self._duties.run("live slots", lambda: self._ask(self._look_at_jobs()))

    def may_fill_slots(self) -> bool:
        """Whether Live jobs wait and a slot is free for them."""
        try:
            return any(self.live.slots.free(platform) > 0 for platform in self._claims.waiting_for_slots())
        except AllowanceUnavailable:
            return False

    def waits_for_slots(self) -> bool:
        """Whether Live jobs wait."""
        return bool(self._claims.waiting_for_slots())

    def _look_at_jobs(self) -> WaitingJobs:
        with self.database.read() as connection:
            unfinished = runs.unfinished(connection, self.account)
            on_the_way = self._claims.look(connection)
            suspected = claims.suspected(connection, self.account)
        left = self._accounts.room(self.account)
        going = [row for row in unfinished if row["state"] == RunState.RUNNING] if left > 0 else []
        left -= on_the_way.total()
        contenders = [Contender(row["id"], row["priority"], row["weight"]) for row in going]
        return WaitingJobs(contenders, on_the_way, suspected, left)

    def _ask(self, waiting_jobs: WaitingJobs) -> None:
        for platform in self._claims.waiting_for_slots():
            for job_ids in self._claimed(waiting_jobs, (platform, Method.LIVE), self.live.free(platform)):
                for job_id in job_ids:
                    self.publisher.ask(platform, job_id)

    def _claimed(self, waiting_jobs: WaitingJobs, kind: Kind, room: int) -> Iterator[list[str]]:
        """What may be sent of the kind, in chunks; a job of which workers may have died goes alone."""
        room = min(room - waiting_jobs.on_the_way[kind], waiting_jobs.left)
        taken = self._claims.claim(waiting_jobs.contenders, kind, room)
        waiting_jobs.left -= len(taken)
        for start in range(0, len(taken), CHUNK):
            yield taken[start : start + CHUNK]
        if kind in waiting_jobs.suspected:
            with self.database.write() as connection:
                alone = claims.claim_suspect(connection, self.account, *kind, lease_s=self.claim_lease_s)
            yield from ([job_id] for job_id in alone)

    def _publish_looks(self) -> None:
        with self.database.read() as connection:
            is_due = looks.is_due(connection, self.account, older_than_s=self.last_look_after_s)
        room = POLLS_WAITING - self.publisher.waiting(GET) if is_due else 0
        if room <= 0:
            return
        with self.database.write() as connection:
            due = looks.take_due(
                connection,
                self.account,
                most=room,
                lease_s=self.look_lease_s,
                older_than_s=self.last_look_after_s,
            )
        for row in due:
            self.publisher.get(row.id, row.looks)

    def _publish_upkeep(self) -> None:
        with self.database.read() as connection:
            platforms = looks.outstanding(connection, self.account)
            slowly = self.recovery.sweeps(connection, platforms)
            resting = upkeep.resting(connection, self.account)
        turns = [(f"ready.{name}", _READY_SPACING_S * len(platforms)) for name in platforms]
        turns += [(f"ready.{name}", each_s) for name, each_s in slowly]
        every_s = {"upkeep.balance": self.balance_every_s, **_UPKEEP_EVERY_S}
        if resting.issuperset({RECOVER, *every_s, *(name for name, _ in turns)}):
            return
        with self.database.write() as connection:
            due = self._turns(connection, turns)
            tended = [*self._turns(connection, every_s.items()), *self.recovery.turns(connection)]
        if due and self.publisher.waiting(COLLECT) < CHUNK:
            for name in due:
                self.publisher.collect(name.removeprefix("ready."))
        for name in tended:
            self.publisher.upkeep(name)

    def _turns(self, connection: sa.Connection, every_s: Iterable[tuple[str, float]]) -> list[str]:
        taken = partial(upkeep.take_turn, connection, self.account)
        return [name for name, each_s in every_s if taken(name, every_s=each_s)]
