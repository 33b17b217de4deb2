"""Adds evidence: attempts, jobs, ledger and the run's counters move in one transaction (P7, P21, P31)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import sqlalchemy as sa

from promptrelay.database.attempts import ledger, provider_tasks
from promptrelay.database.attempts.locked import Locked, lock
from promptrelay.database.clock import database_time
from promptrelay.database.schema import accounts, runs
from promptrelay.domain.attempt import Burden, burden
from promptrelay.domain.evidence import Answered, Evidence
from promptrelay.domain.postings import Terms
from promptrelay.domain.transitions import apply


@dataclass(frozen=True, slots=True)
class Recorded:
    """What a batch of evidence led to."""

    strangers: tuple[str, ...] = ()
    """Attempts that this database does not know."""
    contested: tuple[str, ...] = ()
    """Attempts that were named for a task which is another's: that evidence was set aside."""
    unknown_charges: tuple[str, ...] = ()
    """Attempts of which something was taken, as is known now, and not how much (P23)."""
    off: tuple[str, ...] = ()
    """Attempts of whose cost the provider tells two figures."""
    refused: tuple[str, ...] = ()
    """Attempts of which the database did not take what was to be recorded."""

    def __add__(self, other: Recorded) -> Recorded:
        return Recorded(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Recorded)))


def record(
    connection: sa.Connection, evidence: Sequence[Evidence], *, terms: Terms, max_tries: int
) -> Recorded:
    """Apply the evidence in the order given and book what follows from it.

    Repeating it changes nothing. Attempts that this database does not know are named, never guessed.
    """
    given, contested = _of_their_own(connection, evidence)
    locked = lock(connection, {item.attempt_id for item in given})
    given = [_named(item, locked) for item in given]
    moment = database_time(connection)
    so_far = ledger.booked(connection, locked.attempts.keys())
    before = {key: burden(attempt, so_far[key].postings) for key, attempt in locked.attempts.items()}
    names = _apply(given, locked, moment=moment, max_tries=max_tries)
    touched = [locked.attempts[attempt_id] for attempt_id in names]
    for attempt in touched:
        attempt.note_unknown_charge(terms)
    locked.store(connection)
    provider_tasks.store(connection, touched, terms=terms, seen_at=moment)
    for item in given:
        if isinstance(item, Answered) and item.attempt_id in names:
            provider_tasks.place(connection, item)
    _book(connection, locked, names, so_far, before, terms, moment)
    return Recorded(
        strangers=tuple(e.attempt_id for e in given if e.attempt_id not in locked.attempts),
        contested=contested,
        unknown_charges=tuple(
            attempt.id
            for attempt in touched
            if attempt.has_unknown_charge and not locked.rows[attempt.id]["has_unknown_charge"]
        ),
        off=tuple(attempt.id for attempt in touched if attempt.off(terms)),
    )


def _of_their_own(
    connection: sa.Connection, evidence: Sequence[Evidence]
) -> tuple[list[Evidence], tuple[str, ...]]:
    """The evidence without what gives one attempt another's task: a task is booked once (P10)."""
    ids = {name for item in evidence if (name := getattr(item, "provider_id", None)) is not None}
    owners = provider_tasks.owners(connection, ids) if ids else {}
    given, contested = [], []
    for item in evidence:
        named = getattr(item, "provider_id", None)
        if named is None or owners.setdefault(named, item.attempt_id) == item.attempt_id:
            given.append(item)
        else:
            contested.append(item.attempt_id)
    return given, tuple(contested)


def _named(item: Evidence, locked: Locked) -> Evidence:
    """The evidence under the name by which its task is known (P19)."""
    attempt, told = locked.attempts.get(item.attempt_id), getattr(item, "provider_id", None)
    if attempt is None or told is None or attempt.name_of(told) == told:
        return item
    return replace(item, provider_id=attempt.name_of(told))  # type: ignore[call-arg]


def _apply(evidence: Sequence[Evidence], locked: Locked, *, moment: float, max_tries: int) -> dict[str, str]:
    """The attempts that the evidence speaks of, each with the name of the last step."""
    names: dict[str, str] = {}
    for item in evidence:
        attempt = locked.attempts.get(item.attempt_id)
        if attempt is None:
            continue
        job = locked.jobs[attempt.job_id]
        most = 1 if attempt.witness else max_tries  # P14: a witness is never sent again.
        apply(item, attempt, job, locked.siblings(attempt), now=moment, max_tries=most)
        names[item.attempt_id] = type(item).__name__.lower()
    return names


def _book(
    connection: sa.Connection,
    locked: Locked,
    names: dict[str, str],
    so_far: dict[str, ledger.Booked],
    before: dict[str, Burden],
    terms: Terms,
    moment: float,
) -> None:
    steps = []
    changes: dict[str, list[Burden]] = defaultdict(list)
    for key, attempt in locked.attempts.items():
        booked = so_far[key]
        step = ledger.step(attempt, locked.rows[key], names.get(key, "revoked"), booked, terms)
        if step is not None:
            steps.append(step)
        after = burden(attempt, attempt.wanted(terms))
        changes[attempt.run_id].append(after - before[key])
    ledger.book(connection, steps, booked_at=moment)
    for run_id in sorted(changes):
        _weigh(connection, run_id, changes[run_id])
    for account, amount in sorted(ledger.spending(steps).items()):
        connection.execute(
            sa.update(accounts)
            .where(accounts.c.name == account)
            .values(
                day_nanos=accounts.c.day_nanos + amount.nanos,
                booked_since_nanos=accounts.c.booked_since_nanos + amount.nanos,
            )
        )


def _weigh(connection: sa.Connection, run_id: str, changes: Sequence[Burden]) -> None:
    reserved = sum(change.reserved.nanos for change in changes)
    spent = sum(change.spent.nanos for change in changes)
    cash_out = sum(change.cash_out.nanos for change in changes)
    if reserved or spent or cash_out:
        connection.execute(
            sa.update(runs)
            .where(runs.c.id == run_id)
            .values(
                reserved_nanos=runs.c.reserved_nanos + reserved,
                spent_nanos=runs.c.spent_nanos + spent,
                float_nanos=runs.c.float_nanos + cash_out,
            )
        )
