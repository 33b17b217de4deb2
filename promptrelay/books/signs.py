"""What heartbeats say beside the work that waits: who is missing, what is waited for, what does not match."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from promptrelay.broker import COLLECT, GET, POST, QUEUES, live_queue
from promptrelay.database import heartbeats
from promptrelay.database.attempts import backlog
from promptrelay.database.heartbeats import LivingProcess
from promptrelay.database.schedules import schedules
from promptrelay.domain.platform import Method

_UPKEEP = "upkeep"
_DISPATCHER = "dispatcher"
_APART_S = 5.0
_UNSERVED_AFTER_S = 60.0
"""A dispatcher that reads a long file, or is started again, is no reason for a word."""
_UP = "`promptrelay up`"


class SignKind(StrEnum):
    """What a sign is about."""

    UNSERVED = "unserved"
    """Nobody serves a queue that has work, or no dispatcher ticks."""
    LATE_SCHEDULE = "late_schedule"
    """A schedule's time has passed, and nobody took it."""
    WAITS = "waits"
    """Processes are there and wait for something."""
    VERSIONS = "versions"
    """Two versions of the program run at once."""
    CLOCKS = "clocks"
    """The clocks of two hosts, or of a host and the database, are apart."""


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that somebody should know, in one line, and what to do about it."""

    kind: SignKind
    what: str
    cure: str

    def __str__(self) -> str:
        return f"{self.what}; {self.cure}"

    def as_json(self) -> dict[str, str]:
        """The sign as other tools read it."""
        return {"kind": self.kind, "what": self.what, "cure": self.cure}


def signs(connection: sa.Connection, calendar_now: float) -> list[Sign]:
    """Everything that is not as it should be now; `calendar_now` is the schedules' time."""
    there = heartbeats.living(connection)
    late = schedules.due(connection, calendar_now - _UNSERVED_AFTER_S)
    fires = {row["account"] for row in schedules.active(connection)}
    return [
        *_unserved(there, queues_with_work(connection), fires),
        *(_late(row, there) for row in late),
        *waits(there),
        *_versions(there),
        *_clocks(there),
    ]


def queues_with_work(connection: sa.Connection) -> dict[str, set[str]]:
    """The queues that somebody has to serve, by account."""
    found: dict[str, set[str]] = defaultdict(set)
    for kind in backlog.unsent(connection):
        found[kind.account].add(POST if kind.method == Method.STANDARD else live_queue(kind.platform))
    for account in backlog.uncollected(connection):
        found[account] |= {COLLECT, GET}
    for account in backlog.undecided(connection):
        found[account].add(_UPKEEP)
    return found


def waits(there: Sequence[LivingProcess]) -> Iterator[Sign]:
    """What processes wait for, each thing once."""
    for what, processes in _awaited(there).items():
        shown = f"waiting for {what} ({_crowd(processes)})"
        yield Sign(SignKind.WAITS, shown, "`promptrelay doctor` says more")


def waits_of(connection: sa.Connection) -> list[str]:
    """What is waited for now, as `waiting for Redis: …`."""
    return [f"waiting for {what}" for what in _awaited(heartbeats.living(connection))]


def _awaited(there: Sequence[LivingProcess]) -> dict[str, list[LivingProcess]]:
    """Who waits, by what for."""
    waiting: dict[str, list[LivingProcess]] = defaultdict(list)
    for process in there:
        for what in process.waits_for:
            waiting[what].append(process)
    return dict(sorted(waiting.items()))


def _unserved(there: Sequence[LivingProcess], work: dict[str, set[str]], fires: set[str]) -> Iterator[Sign]:
    if not there and work:
        queues = _named({queue for wanted in work.values() for queue in wanted})
        yield Sign(SignKind.UNSERVED, f"no process is there, and {queues} have work", f"start {_UP}")
        return
    for account, wanted in sorted(work.items()):
        served = {queue for process in there if process.account == account for queue in process.queues}
        missing = _in_order(wanted - served)
        if missing:
            what = f"no worker{_whose(account, there)} serves {', '.join(missing)}, which have work"
            cure = f"start `promptrelay worker {' '.join(missing)}`, or {_UP}{_as(account, there)}"
            yield Sign(SignKind.UNSERVED, what, cure)
    for account in sorted(work.keys() | fires):
        if not _ticks(account, there):
            what = f"no dispatcher{_whose(account, there)} runs: no job is handed out and no schedule fires"
            cure = f"start `promptrelay dispatcher`, or {_UP}{_as(account, there)}"
            yield Sign(SignKind.UNSERVED, what, cure)


def _late(row: schedules.ScheduleRow, there: Sequence[LivingProcess]) -> Sign:
    what = f"schedule {row['name']}: its time {row['next_wall']} {row['zone']} has passed, and nobody took it"
    if _ticks(row["account"], there):
        return Sign(SignKind.LATE_SCHEDULE, what, "the log of the dispatcher says why")
    cure = f"start `promptrelay dispatcher`, or {_UP}{_as(row['account'], there)}"
    return Sign(SignKind.LATE_SCHEDULE, what, cure)


def _ticks(account: str, there: Sequence[LivingProcess]) -> bool:
    """Whether a dispatcher of the account is there: each hands out its own account's work alone."""
    return any(process.role == _DISPATCHER and process.account == account for process in there)


def _whose(account: str, there: Sequence[LivingProcess]) -> str:
    """Named where another account's processes are there, which will not do it."""
    return f" of account {account}" if any(process.account != account for process in there) else ""


def _as(account: str, there: Sequence[LivingProcess]) -> str:
    return f", with PROMPTRELAY_ACCOUNT={account}" if _whose(account, there) else ""


def _versions(there: Sequence[LivingProcess]) -> Iterator[Sign]:
    hosts: dict[str, set[str]] = defaultdict(set)
    for process in there:
        hosts[process.version].add(process.host)
    if len(hosts) > 1:
        shown = " and ".join(f"{name} on {_listed(where)}" for name, where in sorted(hosts.items()))
        yield Sign(SignKind.VERSIONS, f"several versions run at once: {shown}", "start the older ones anew")


def _clocks(there: Sequence[LivingProcess]) -> Iterator[Sign]:
    ahead = {process.host: process.ahead_s for process in there}
    if not ahead:
        return
    first, last = min(ahead, key=ahead.__getitem__), max(ahead, key=ahead.__getitem__)
    apart_s = ahead[last] - ahead[first]
    if apart_s > _APART_S:
        what = f"the clock of {last} is {apart_s:.1f} s ahead of that of {first}"
    elif max(abs(ahead[first]), abs(ahead[last])) > _APART_S:
        worst = max(first, last, key=lambda host: abs(ahead[host]))
        how = "ahead of" if ahead[worst] > 0 else "behind"
        what = f"the clock of {worst} is {abs(ahead[worst]):.1f} s {how} the database's"
    else:
        return
    yield Sign(SignKind.CLOCKS, what, "let NTP set the clocks")


def _crowd(processes: Iterable[LivingProcess]) -> str:
    counts = Counter(process.role for process in processes)
    return ", ".join(f"{count} {role}{'s' if count > 1 else ''}" for role, count in sorted(counts.items()))


def _named(queues: Iterable[str]) -> str:
    return ", ".join(_in_order(queues))


def _in_order(queues: Iterable[str]) -> list[str]:
    wanted = set(queues)
    return [queue for queue in QUEUES if queue in wanted]


def _listed(names: Iterable[str]) -> str:
    return ", ".join(sorted(names))
