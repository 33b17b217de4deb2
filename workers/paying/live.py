"""Asks Live: slot, allowance, transaction A, check, call; the answer is durable first of all (P19)."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from celery import shared_task

from promptrelay.answers.errors import StoreUnavailable
from promptrelay.answers.layout import live_key
from promptrelay.answers.segment import encode_segment
from promptrelay.broker import ASK
from promptrelay.database.attempts.permission import Sending
from promptrelay.dataforseo.client import encode_tasks
from promptrelay.dataforseo.errors import AllowanceUnavailable, NotSent, OutcomeUnknown
from promptrelay.dataforseo.limits.live_slots import Slot
from promptrelay.dataforseo.limits.rate_allowance import Permit, Share
from promptrelay.dataforseo.matching import Rejected
from promptrelay.dataforseo.policy import Call, Policy, pause_s, policy_for
from promptrelay.dataforseo.wire.reply import Entry, Reply
from promptrelay.domain import evidence as ev
from promptrelay.domain.attempt import nameless
from promptrelay.domain.ids import new_id
from promptrelay.domain.money import ZERO
from promptrelay.domain.platform import Method, Platform
from promptrelay.domain.tag import Tag
from workers import unread
from workers.collecting.collected import Collected
from workers.collecting.live_answer import answered_live, stored_live
from workers.collecting.settle import belongs, name_oddity
from workers.messages import id_of, platform_of
from workers.paying.refusals import refusal
from workers.paying.send_window import SendWindow
from workers.paying.standard import give_back, permitted, task_of
from workers.paying.unsent import close_unsent, unsent_if_raised
from workers.reactions import react
from workers.recording import keep
from workers.rooms import Rooms

log = logging.getLogger(__name__)

_NO_SLOT_WAIT_S = 0.5
_NO_PLACE_WAIT_S = 2.0


@shared_task(bind=True, name=ASK)
def ask(self: Any, platform: str, job_id: str) -> None:
    """Ask for this job's answer; without a slot it becomes due again, and no thread waits."""
    ask_live(self.app.rooms, platform_of(platform), id_of(job_id))


def ask_live(rooms: Rooms, platform: Platform, job_id: str) -> None:
    """One Live call under a slot, recorded whatever comes of it."""
    try:
        may_ask = _can_keep(rooms) and not rooms.ending.is_set()
        slot = rooms.slots.acquire(platform, new_id()) if may_ask else None  # P1: slot first.
    except AllowanceUnavailable:
        slot = None
    if slot is None:
        give_back(rooms, [job_id], wait_s=_NO_SLOT_WAIT_S)
        return
    rooms.passes("live.after_slot")
    with _released_if_raised(rooms, slot):
        permit = _allowed(rooms, slot)
        if permit is None:
            _release(rooms, slot)
            give_back(rooms, [job_id], wait_s=_NO_SLOT_WAIT_S)
            return
        rooms.passes("live.before_a")
        opened = rooms.boot_time()
        # P25: a call that SQL seeds after a new Redis is the one that holds the slot already.
        sendings = permitted(rooms, (platform, Method.LIVE), [job_id], next_id=lambda: slot.holder)
        if not sendings:
            _release(rooms, slot)
            return
        rooms.passes("live.after_a")
        with unsent_if_raised(rooms, sendings):
            body = encode_tasks([task_of(rooms, platform, Method.LIVE, sendings[0])])
    sending = sendings[0]
    window = SendWindow(
        rooms,
        Share.LIVE,
        opened,
        permit,
        [sending.attempt_id],
        sending.post_number,
        may_start=slot.may_start,
    )
    _call(rooms, platform, slot, window, sending, body)


def _call(
    rooms: Rooms, platform: Platform, slot: Slot, window: SendWindow, sending: Sending, body: bytes
) -> None:
    try:
        reply = rooms.client.ask_live(platform, body, check=window.check, sent=window.sent)
        rooms.passes("live.after_reply")
    except (NotSent, AllowanceUnavailable):
        _release(rooms, slot)
        close_unsent(rooms, [sending])
    except OutcomeUnknown as error:
        # P25: the provider may still work on it, so its slot ends only with its lease.
        log.warning("live.unknown", extra={"attempt": sending.attempt_id, "why": str(error)})
        unread.keep_reply(rooms, sending.attempt_id, error.body, str(error))
        _record_odd(rooms, platform, sending, error.reply)
    else:
        _release(rooms, slot)
        _record(rooms, platform, sending, reply)


def _record(rooms: Rooms, platform: Platform, sending: Sending, reply: Reply) -> None:
    code, policy = reply.code, policy_for(reply.code, call=Call.LIVE)
    if reply.only is not None:
        _record_entry(rooms, platform, sending, reply.only, reply.raw)
    elif not reply.entries and reply.cost == ZERO:
        keep(rooms, [refusal(rooms, sending.attempt_id, Rejected(reply.status_code or 0), Call.LIVE)])
    else:
        unread.keep_reply(rooms, sending.attempt_id, reply.raw, f"{len(reply.entries)} tasks in it")
        _record_odd(rooms, platform, sending, reply)
    if policy is Policy.CONCURRENCY:
        rooms.slots.hold_back(platform, pause_s(code))
    react(rooms, code, Call.LIVE, sending.run_id)


def _record_entry(rooms: Rooms, platform: Platform, sending: Sending, entry: Entry, body: bytes) -> None:
    policy = policy_for(entry.status_code, call=Call.LIVE)
    if policy is Policy.EMPTY or (entry.result is not None and policy in (Policy.OK, Policy.UNKNOWN)):
        # Nobody can fetch it again, so an answer counts whatever stands in place of its code.
        _settle(rooms, _collected(rooms, platform, sending, entry))
    elif policy is Policy.OK or (policy is Policy.UNKNOWN and entry.cost):
        _keep_hollow(rooms, sending, entry, body)
    else:
        keep(rooms, [refusal(rooms, sending.attempt_id, entry, Call.LIVE)])


def _record_odd(rooms: Rooms, platform: Platform, sending: Sending, reply: Reply | None) -> None:
    """Of a reply that is not whole or not about one task nothing counts but our own answer in it (P8)."""
    own = [entry for entry in (reply.entries if reply else ()) if _is_answer_to(sending, entry)]
    if len(own) == 1:
        _settle(rooms, _collected(rooms, platform, sending, own[0]))
    else:
        code = reply.code if reply else None
        keep(rooms, [ev.OutcomeUnknown(attempt_id=sending.attempt_id, status_code=code)])


def _is_answer_to(sending: Sending, entry: Entry) -> bool:
    tag = Tag.parse(entry.tag)
    is_own = tag is not None and tag.attempt == sending.attempt_id
    return is_own and entry.result is not None and policy_for(entry.status_code, call=Call.LIVE) is Policy.OK


def _keep_hollow(rooms: Rooms, sending: Sending, entry: Entry, body: bytes) -> None:
    """P19: paid for, and no answer in it: as good as lost, at the cost that was told."""
    attempt_id = sending.attempt_id
    facts = {"attempt": attempt_id, "provider_id": entry.provider_id, "code": entry.status_code}
    log.error("live.hollow", extra=facts)
    unread.keep_reply(rooms, attempt_id, body, "paid for, and no answer in it")
    known = ev.Accepted(attempt_id=attempt_id, provider_id=_name(attempt_id, entry), cost=entry.cost)
    keep(rooms, [known, ev.OutcomeUnknown(attempt_id=attempt_id, status_code=entry.status_code)])


def _name(attempt_id: str, entry: Entry) -> str:
    return entry.provider_id or nameless(attempt_id)


def _collected(rooms: Rooms, platform: Platform, sending: Sending, entry: Entry) -> Collected:
    # P19: the only copy of a paid answer waits for no database before it is durable.
    attempt = {
        "id": sending.attempt_id,
        "job_id": sending.job_id,
        "run_id": sending.run_id,
        "platform": platform,
        "method": Method.LIVE,
    }
    provider_id = _name(sending.attempt_id, entry)
    return Collected(attempt, provider_id, entry, sending.permitted.now(rooms.clock))


def _settle(rooms: Rooms, item: Collected) -> None:
    attempt = item.attempt
    if not belongs(rooms, item):
        unread.keep_reply(rooms, attempt["id"], item.entry.raw, "it carries another tag")
        keep(rooms, [ev.OutcomeUnknown(attempt_id=attempt["id"])])
        return
    name_oddity(item)
    segment = encode_segment([item.line()])
    key = live_key(rooms.account, attempt["id"])
    _put(rooms, key, segment.body)
    rooms.passes("live.after_object")
    place = segment.placements[attempt["id"]]
    answered = answered_live(item, ev.Placement(key, place.line_no, place.line_sha256))
    keep(rooms, [answered], [stored_live(key, attempt, segment.body)])
    rooms.passes("live.after_b")


def _put(rooms: Rooms, key: str, body: bytes) -> None:
    """P19: into the store, else fsynced into the spool of this host, which then starts no Live call.

    With room in neither it stays in memory, the only copy of a paid answer, until one of them takes it.
    """
    while not _kept(rooms, key, body):
        log.error("live.nowhere_to_keep", extra={"key": key, "waits_s": _NO_PLACE_WAIT_S})
        rooms.clock.sleep(_NO_PLACE_WAIT_S)


def _kept(rooms: Rooms, key: str, body: bytes) -> bool:
    try:
        with rooms.gate.watching():
            rooms.answers.put_new(key, body)
    except StoreUnavailable:
        try:
            rooms.spool.put(key, body)
        except StoreUnavailable:
            return False
        log.error("live.spooled", extra={"key": key})
    return True


def _can_keep(rooms: Rooms) -> bool:
    """Whether the store takes answers, and the spool has nothing left to hand over."""
    if not rooms.gate.is_open():
        return False
    try:
        if not rooms.spool.is_empty():
            rooms.spool.drain(rooms.answers)
        return rooms.spool.is_empty()
    except StoreUnavailable:
        return False


def _allowed(rooms: Rooms, slot: Slot) -> Permit | None:
    """The rate allowance, waited for only inside the slot's start window (P1, P25)."""
    try:
        return rooms.allowance.take(Share.LIVE, wait_s=slot.start_before - rooms.clock.boottime())
    except AllowanceUnavailable:
        return None


@contextmanager
def _released_if_raised(rooms: Rooms, slot: Slot) -> Iterator[None]:
    """Until the call is made its slot stands for nothing: whatever is raised gives it back (P25)."""
    try:
        yield
    except Exception:
        _release(rooms, slot)
        raise


def _release(rooms: Rooms, slot: Slot) -> None:
    try:
        rooms.slots.release(slot)
    except AllowanceUnavailable:
        log.warning("slot.kept", extra={"platform": slot.platform})
