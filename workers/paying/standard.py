"""Posts Standard tasks in chunks of up to 100: allowance, transaction A, check, POST once, transaction B."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from celery import shared_task

from promptrelay.broker import POST
from promptrelay.database.attempts import claims
from promptrelay.database.attempts.claims import Kind
from promptrelay.database.attempts.permission import NoRoom, Sending, permit
from promptrelay.database.errors import AWAY, DatabaseBehind
from promptrelay.dataforseo.client import encode_tasks
from promptrelay.dataforseo.errors import AllowanceUnavailable, NotSent, OutcomeUnknown
from promptrelay.dataforseo.limits.rate_allowance import Share
from promptrelay.dataforseo.matching import Matches, Rejected, SentTask, match_reply
from promptrelay.dataforseo.policy import Call
from promptrelay.dataforseo.requests.task_fields import build_task
from promptrelay.dataforseo.wire.reply import Entry, Reply
from promptrelay.domain import evidence as ev
from promptrelay.domain.clock import BootTime
from promptrelay.domain.ids import new_id
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.tag import Tag
from workers import unread
from workers.messages import ids_of, platform_of
from workers.paying.refusals import refusal
from workers.paying.send_window import SendWindow
from workers.paying.unsent import close_unsent, unsent_if_raised
from workers.post_numbers import fall_behind, highest_seen
from workers.reactions import react
from workers.recording import keep, when_back
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_NO_ROOM_WAIT_S = 2.0
_NO_STORE_WAIT_S = 5.0


@shared_task(bind=True, name=POST)
def post(self: Any, platform: str, job_ids: list[str]) -> None:
    """Post these jobs; they stay claimed, and come again, if anything is in the way."""
    post_chunk(self.app.rooms, platform_of(platform), ids_of(job_ids))


def post_chunk(rooms: Rooms, platform: Platform, job_ids: Sequence[str]) -> None:
    """Send what is still wanted of the chunk, once, and record what the reply says."""
    if not rooms.gate.is_open():
        give_back(rooms, job_ids, wait_s=_NO_STORE_WAIT_S)
        return
    try:
        allowed = rooms.allowance.take(Share.POSTING, wait_s=rooms.pace.send_window_s)  # P1
    except AllowanceUnavailable:
        allowed = None
    if allowed is None or rooms.ending.is_set():
        give_back(rooms, job_ids, wait_s=0.0)
        return
    rooms.passes("standard.before_a")
    opened = rooms.boot_time()  # P2: before transaction A.
    sendings = permitted(rooms, (platform, Method.STANDARD), job_ids)
    if not sendings:
        return
    rooms.passes("standard.after_a")
    with unsent_if_raised(rooms, sendings):
        tasks = [_sent_task(rooms, platform, sending) for sending in sendings]
        body = encode_tasks([dict(task.payload) for task in tasks])
    attempt_ids = [task.attempt_id for task in tasks]
    window = SendWindow(rooms, Share.POSTING, opened, allowed, attempt_ids, sendings[0].post_number)
    try:
        reply = rooms.client.post_tasks(platform, body, check=window.check, sent=window.sent)
        rooms.passes("standard.after_reply")
    except (NotSent, AllowanceUnavailable) as error:
        log.info("chunk.not_sent", extra={"platform": platform, "jobs": len(tasks), "why": str(error)})
        close_unsent(rooms, sendings)
    except OutcomeUnknown as error:
        log.warning("chunk.unknown", extra={"platform": platform, "jobs": len(tasks), "why": str(error)})
        unread.keep_reply(rooms, attempt_ids[0], error.body, str(error))
        _record(rooms, sendings, _certain(tasks, error.reply))
    else:
        matches = match_reply(tasks, reply)
        # P8: before anything is recorded, so that it does not go with this process.
        if matches.unknown or matches.foreign or _nameless(matches):
            unread.keep_reply(rooms, attempt_ids[0], reply.raw, "it says of some tasks nothing certain")
        refused = _record(rooms, sendings, matches)
        if refused:
            unread.keep_reply(rooms, attempt_ids[0], reply.raw, "the database does not take all of it")


def permitted(
    rooms: Rooms, kind: Kind, job_ids: Sequence[str], *, next_id: Callable[[], str] = new_id
) -> list[Sending]:
    """Transaction A for as many jobs of the kind as fit under their runs' caps; the others become due again.

    `next_id` names the attempts.
    """
    try:
        sendings = _permitted(rooms, kind, list(job_ids), next_id)
    except Exception:
        # Trouble that is raised is no worker's death.
        give_back(rooms, job_ids, wait_s=_NO_ROOM_WAIT_S)
        raise
    left = set(job_ids) - {sending.job_id for sending in sendings}
    if left:
        give_back(rooms, sorted(left), wait_s=_NO_ROOM_WAIT_S)
    return sendings


def _permitted(rooms: Rooms, kind: Kind, wanted: list[str], next_id: Callable[[], str]) -> list[Sending]:
    moment = rooms.boot_time()
    try:
        with rooms.database.write() as connection:
            claims.take(connection, wanted)
        while wanted:
            try:
                return _transaction_a(rooms, kind, wanted, moment, next_id)
            except NoRoom:
                wanted = wanted[: len(wanted) // 2]
    except AllowanceUnavailable as error:
        log.error("numbers.unreachable", extra={"why": str(error)})
    except DatabaseBehind as error:
        fall_behind(rooms, error.highest)
    except AWAY as error:
        log.error("permission.unavailable", extra={"jobs": len(wanted), "kind": type(error).__name__})
    return []


def _transaction_a(
    rooms: Rooms, kind: Kind, job_ids: Sequence[str], moment: BootTime, next_id: Callable[[], str]
) -> list[Sending]:
    """One transaction; a COMMIT whose reply was lost permits nothing (P31)."""
    highest = highest_seen(rooms)
    sendings: list[Sending] = []
    try:
        with rooms.database.write() as connection:
            sendings = permit(
                connection,
                job_ids,
                account=rooms.account,
                kind=kind,
                moment=moment,
                send_window_s=rooms.pace.send_window_s,
                highest=highest,
                next_id=next_id,
            )
    except AWAY:
        log.error("permission.unconfirmed", extra={"jobs": len(job_ids)})
        # Whether they were written or not: these were not sent, and are not.
        close_unsent(rooms, sendings)
        return []
    return sendings


def give_back(rooms: Rooms, job_ids: Sequence[str], *, wait_s: float) -> None:
    """Let claimed jobs become due again, if need be once the database is back."""
    when_back(rooms, lambda connection: claims.give_back(connection, job_ids, wait_s=wait_s))


def task_of(rooms: Rooms, platform: Platform, method: Method, sending: Sending) -> dict[str, Any]:
    """The task object that is sent, with our tag in it (P6)."""
    tag = Tag(rooms.deployment, sending.run_id, sending.job_id, sending.attempt_id)
    return build_task(
        platform,
        method,
        prompt=sending.prompt,
        model=sending.model,
        tag=str(tag),
        parameters=sending.parameters,
    )


def _sent_task(rooms: Rooms, platform: Platform, sending: Sending) -> SentTask:
    task = task_of(rooms, platform, Method.STANDARD, sending)
    return SentTask(sending.attempt_id, task["tag"], task)


def _certain(tasks: Sequence[SentTask], reply: Reply | None) -> Matches:
    """What an unreadable reply proves all the same: acceptances under our tags, and nothing else (P8)."""
    everyone = frozenset(task.attempt_id for task in tasks)
    if reply is None or not reply.entries:
        return Matches({}, everyone)
    matches = match_reply(tasks, reply)
    found = {
        key: entry for key, entry in matches.found.items() if isinstance(entry, Entry) and entry.accepted
    }
    return Matches(found, everyone - found.keys(), matches.twins)


def _nameless(matches: Matches) -> bool:
    """Whether the provider has taken a task without saying how it is called."""
    entries = [entry for entry in matches.found.values() if isinstance(entry, Entry)]
    return any(entry.accepted and entry.provider_id is None for entry in entries)


def _record(rooms: Rooms, sendings: Sequence[Sending], matches: Matches) -> bool:
    """Transaction B: ids and charges as evidence (P7, P8); whether some of it could not be recorded."""
    found = [
        _evidence(rooms, attempt_id, entry) for attempt_id, entry in (*matches.found.items(), *matches.twins)
    ]
    unknown = [ev.OutcomeUnknown(attempt_id=attempt_id) for attempt_id in sorted(matches.unknown)]
    rooms.passes("standard.before_b")
    recorded = keep(rooms, [*found, *unknown])
    rooms.passes("standard.after_b")
    runs = {sending.attempt_id: sending.run_id for sending in sendings}
    codes = Counter(
        (entry.code if isinstance(entry, Rejected) else entry.status_code, runs[attempt_id])
        for attempt_id, entry in matches.found.items()
    )
    for code, run_id in codes:
        react(rooms, code, Call.POST, run_id)
    return bool(recorded.refused)


def _evidence(rooms: Rooms, attempt_id: str, entry: Entry | Rejected) -> ev.Evidence:
    if isinstance(entry, Entry) and entry.accepted and entry.provider_id:
        return ev.Accepted(
            attempt_id=attempt_id,
            provider_id=entry.provider_id,
            cost=entry.cost,
            look_in_s=rooms.pace.poll_first_s,
        )
    return refusal(rooms, attempt_id, entry, Call.POST)
