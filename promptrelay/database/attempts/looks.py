"""Which attempts are to be looked at, and when next: all waiting lives here, in `due_at`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from promptrelay.database.attempts.twins import HAS_TWIN
from promptrelay.database.clock import now
from promptrelay.database.presence import any_row
from promptrelay.database.row_locks import lock_in_order
from promptrelay.database.schema import attempts, jobs, provider_tasks, rows
from promptrelay.domain.job import MOST_DEATHS
from promptrelay.domain.platform import STANDARD_PLATFORMS, Method, Platform
from promptrelay.domain.states import AttemptState

WRITTEN_OFF = (AttemptState.ABSENT, AttemptState.LOST, AttemptState.OVERDUE)
_DAY_S = 86_400.0
_LOOKED_AT = (AttemptState.SENT, AttemptState.LATE, AttemptState.WITHHELD)
# A settled one has a due time only while a second task under its tag is out (P10). Said by what is left out:
# else SQLite reads all that are in these states instead of what is due.
_NEVER_DUE = tuple(state for state in AttemptState if state not in (*_LOOKED_AT, AttemptState.SETTLED))


def take_due(
    connection: sa.Connection, account: str, *, most: int, lease_s: float, older_than_s: float = 0.0
) -> Sequence[sa.Row[Any]]:
    """The account's attempts whose look is due; each moves on by a lease, so that it is sent out once."""
    due = _due(account, older_than_s).limit(most).with_for_update(skip_locked=True)
    found = list(connection.execute(due).scalars())
    if not found:
        return []
    statement = (
        sa.update(attempts)
        .where(attempts.c.id.in_(found))
        .values(due_at=now() + lease_s, fetch_until=now() + lease_s)
        .returning(attempts.c.id, attempts.c.looks)
    )
    return connection.execute(statement).all()


def is_due(connection: sa.Connection, account: str, *, older_than_s: float = 0.0) -> bool:
    """Whether `take_due` would take one."""
    return connection.execute(_due(account, older_than_s).limit(1)).first() is not None


def _due(account: str, older_than_s: float) -> sa.Select[tuple[str]]:
    return (
        sa.select(attempts.c.id)
        .where(
            attempts.c.account == account,
            attempts.c.state.not_in(_NEVER_DUE),
            attempts.c.due_at <= now(),
            attempts.c.posted_at <= now() - older_than_s,
        )
        # With an index for either: whoever looks at old ones alone shall not read past all young ones.
        .order_by(attempts.c.posted_at if older_than_s else attempts.c.due_at)
    )


def outstanding(connection: sa.Connection, account: str) -> list[str]:
    """The platforms of which the account has Standard tasks out that the ready list may show (P12)."""
    return _answered(connection, _outstanding(account))


@cache
def _outstanding(account: str) -> sa.Select[*tuple[Any, ...]]:
    may_be_listed = (*_LOOKED_AT, AttemptState.SENDING, AttemptState.UNKNOWN)
    return _platforms(account, *(attempts.c.state == state for state in may_be_listed), HAS_TWIN)


def watched(connection: sa.Connection, account: str, *, younger_than_s: float) -> list[str]:
    """The platforms with written-off Standard attempts of the account that may still turn up (P12)."""
    return _answered(connection, _watched(account, younger_than_s))


@cache
def _watched(account: str, younger_than_s: float) -> sa.Select[*tuple[Any, ...]]:
    young = attempts.c.created_at > now() - younger_than_s
    return _platforms(account, *(sa.and_(attempts.c.state == state, young) for state in WRITTEN_OFF))


def _platforms(account: str, *kinds: sa.ColumnElement[bool]) -> sa.Select[*tuple[Any, ...]]:
    """Whether each platform has Standard attempts of a kind of the account: the first answers."""

    def there(platform: Platform) -> sa.ColumnElement[bool]:
        own = (
            attempts.c.account == account,
            attempts.c.platform == platform,
            attempts.c.method == Method.STANDARD,
        )
        return sa.or_(*(any_row(attempts, kind, *own, by=[attempts.c.model]) for kind in kinds))

    return sa.select(*map(there, STANDARD_PLATFORMS))


def _answered(connection: sa.Connection, statement: sa.Select[*tuple[Any, ...]]) -> list[str]:
    found = connection.execute(statement).one()
    return sorted(platform for platform, one in zip(STANDARD_PLATFORMS, found, strict=True) if one)


def being_fetched(connection: sa.Connection, attempt_ids: Collection[str]) -> set[str]:
    """Those among them whose listed answers are on their way already."""
    statement = sa.select(attempts.c.id).where(attempts.c.id.in_(attempt_ids), attempts.c.fetch_until > now())
    return set(connection.execute(statement).scalars())


def listed(connection: sa.Connection, attempt_ids: Collection[str], *, lease_s: float) -> None:
    """Their answers are about to be fetched: no poll meanwhile."""
    _lease(connection, attempt_ids, lease_s)


def release(connection: sa.Connection, attempt_ids: Collection[str]) -> None:
    """Nothing was fetched for them: the next list or poll may hand them out again."""
    held = _locked(connection, attempt_ids)
    connection.execute(
        sa.update(attempts).where(attempts.c.id.in_(held)).values(fetch_until=None, taken=False)
    )


def take(connection: sa.Connection, attempt_ids: Collection[str], *, lease_s: float) -> None:
    """Note that a worker begins to read these answers, in case it dies of one of them.

    Their lease begins anew: the time that the message waited in its queue is no worker's death.
    """
    _lease(connection, attempt_ids, lease_s, taken=True)


def put_down(connection: sa.Connection, attempt_ids: Collection[str]) -> None:
    """Nothing came of it, and no worker died: their lease goes on."""
    held = _locked(connection, attempt_ids)
    connection.execute(sa.update(attempts).where(attempts.c.id.in_(held)).values(taken=False))


def hold(connection: sa.Connection, attempt_ids: Collection[str], *, for_s: float) -> None:
    """What came for them is another's: no look for so many seconds, and no worker died of it."""
    _lease(connection, attempt_ids, for_s, taken=False)


def count_deaths(connection: sa.Connection, *, rest_s: float = _DAY_S) -> int:
    """Whose lease has ended in a worker's hands, that worker died; too often, and it rests after each look.

    Nothing is given up: an answer that was paid for stays with the provider for 30 days.
    """
    ids = lock_in_order(connection, attempts, ended_in_hands())
    if not ids:
        return 0
    unreadable = attempts.c.deaths + 1 >= MOST_DEATHS
    statement = (
        sa.update(attempts)
        .where(attempts.c.id.in_(ids))
        .values(
            deaths=attempts.c.deaths + 1,
            taken=False,
            due_at=now() + sa.case((unreadable, rest_s), else_=0.0),
            fetch_until=sa.case((unreadable, now() + rest_s), else_=sa.null()),
        )
    )
    return connection.execute(statement).rowcount


def ended_in_hands() -> sa.ColumnElement[bool]:
    """Whether an attempt's lease has ended in a worker's hands."""
    # As its index has it: a boolean column would say `taken = 1` to SQLite.
    taken: sa.ColumnElement[Any] = sa.literal_column("attempts.taken")
    return sa.and_(taken, attempts.c.fetch_until <= now(), attempts.c.state.in_(_LOOKED_AT))


def _lease(connection: sa.Connection, attempt_ids: Collection[str], lease_s: float, **also: bool) -> None:
    until = now() + lease_s
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.id.in_(_locked(connection, attempt_ids)))
        .values(due_at=_if_still_due(until), fetch_until=until, **also)
    )


def _locked(connection: sa.Connection, attempt_ids: Collection[str]) -> list[str]:
    return lock_in_order(connection, attempts, attempts.c.id.in_(attempt_ids))


def end_leases(connection: sa.Connection, account: str) -> int:
    """Look again at once at whatever of the account was handed out: its message went with the queue."""
    handed_out = sa.and_(
        attempts.c.account == account,
        attempts.c.state.in_(_LOOKED_AT),
        attempts.c.fetch_until > now(),
        attempts.c.deaths < MOST_DEATHS,
    )
    statement = (
        sa.update(attempts)
        .where(attempts.c.id.in_(lock_in_order(connection, attempts, handed_out)))
        .values(fetch_until=None, taken=False, due_at=now())
    )
    return connection.execute(statement).rowcount


def to_fetch(connection: sa.Connection, pairs: Iterable[tuple[str, str]]) -> set[str]:
    """The provider ids among these that have no stored answer yet."""
    ids = [provider_id for _, provider_id in pairs]
    statement = sa.select(provider_tasks.c.provider_id).where(
        provider_tasks.c.provider_id.in_(ids), provider_tasks.c.segment.is_(None)
    )
    return set(connection.execute(statement).scalars())


def next_look(connection: sa.Connection, attempt_id: str, *, due_at_s: float) -> None:
    """Count a look that found nothing yet; the next is due in that many seconds."""
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.id == attempt_id)
        .values(
            looks=attempts.c.looks + 1,
            due_at=_if_still_due(now() + due_at_s),
            fetch_until=None,
            taken=False,
        )
    )


def note_said(connection: sa.Connection, attempt_id: str, code: int, message: str | None) -> None:
    """Keep what the provider says of the attempt from now on: another code than at the looks before.

    No message: the code only says to wait; a code without words has an empty one.
    """
    connection.execute(
        sa.update(attempts)
        .where(attempts.c.id == attempt_id, sa.func.coalesce(attempts.c.look_code, 0) != code)
        .values(look_code=code, look_message=message, look_since=now())
    )


def texts_sent(connection: sa.Connection, attempt_id: str) -> list[str]:
    """Every text that was sent with the attempt; none of a run that is purged."""
    statement = (
        sa.select(rows.c.prompt, jobs.c.parameters)
        .select_from(attempts)
        .join(jobs, jobs.c.id == attempts.c.job_id)
        .outerjoin(rows, sa.and_(rows.c.run_id == jobs.c.run_id, rows.c.row_no == jobs.c.row_no))
        .where(attempts.c.id == attempt_id)
    )
    found = connection.execute(statement).first()
    return [] if found is None else [found.prompt or "", *_texts_in(found.parameters)]


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from _texts_in(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts_in(one)


def _if_still_due(due_at: sa.ColumnElement[float]) -> sa.ColumnElement[float]:
    """Another way in may have settled it meanwhile: that ended its looks, and its run waits for none."""
    return sa.case((attempts.c.due_at.is_(None), sa.null()), else_=due_at)


def find(connection: sa.Connection, attempt_id: str) -> sa.RowMapping | None:
    """The attempt's row with its age in seconds since it was posted as `age_s`, and as `unchanged_s` for
    how many the provider has said the same of it."""
    age_s = (now() - attempts.c.posted_at).label("age_s")
    unchanged_s = (now() - attempts.c.look_since).label("unchanged_s")
    statement = sa.select(attempts, age_s, unchanged_s).where(attempts.c.id == attempt_id)
    return connection.execute(statement).mappings().first()


def pending_task(connection: sa.Connection, attempt_id: str) -> str | None:
    """The provider's id of the attempt's task that may still be answered; of several the smallest."""
    task = provider_tasks.c
    statement = (
        sa.select(task.provider_id)
        .where(
            task.attempt_id == attempt_id,
            task.accepted,
            ~task.answered,
            ~task.failed,
            ~task.expired,
        )
        .order_by(task.provider_id)
        .limit(1)
    )
    return connection.execute(statement).scalar_one_or_none()


def find_many(connection: sa.Connection, attempt_ids: Collection[str]) -> dict[str, sa.RowMapping]:
    """These attempts' rows by id."""
    statement = sa.select(attempts).where(attempts.c.id.in_(attempt_ids))
    return {row["id"]: row for row in connection.execute(statement).mappings()}


def usual_latency_s(connection: sa.Connection, account: str, platform: str, model: str) -> float | None:
    """How long the account's answers of this platform and model took lately, at the 75th percentile; None:
    not known."""
    statement = (
        sa.select(attempts.c.received_at - attempts.c.posted_at)
        .where(
            attempts.c.state == AttemptState.SETTLED,
            attempts.c.account == account,
            attempts.c.platform == platform,
            attempts.c.method == Method.STANDARD,
            attempts.c.model == model,
        )
        .order_by(attempts.c.id.desc())
        .limit(100)
    )
    # An answer may come before the reply to the POST.
    waits = sorted(wait_s for wait_s in connection.execute(statement).scalars() if (wait_s or 0.0) > 0.0)
    return waits[len(waits) * 3 // 4] if waits else None
