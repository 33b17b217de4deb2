"""Sending one job: claim, transaction A, check, POST, reply, crash, recovery, late twin, cancelling.

Two workers, a dispatcher that repeats itself, a provider and a network that delay and drop. Answers have
three ways in. Timers are relative and stop at their largest useful value, so the number of states is finite;
units of time are abstract.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from ..explorer import Model, Step
from .witness import Witness

OPEN = ("sending", "sent", "unknown")
OUTSTANDING = (*OPEN, "late")
ENDED = ("done", "failed", "cancelled")
NOT_AT_PROVIDER, RUNNING, FINISHED, COLLECTED = range(4)


@dataclass(frozen=True)
class Rules:
    """The protocol as it stands; a test takes one rule away by replacing a value."""

    check: str = "at the write"
    """P2: `none`, `at the write`, `before a pause` (of any length), `connection` (dies after `pause`)."""
    row_before_post: bool = True  # P1: transaction A stores the attempt before the POST
    evidence_from: tuple[str, ...] = ("sending", "unknown", "absent", "rejected")
    """P7: states from which a reply or a listed row is accepted."""
    one_open_attempt: bool = True  # P5
    late_state: bool = True  # P11
    lease_covers_in_flight: bool = False  # P4
    lease_must_be_live: bool = False  # P4: transaction A asks for the state, not for a live lease
    booked_by_event: bool = False  # P21
    postback_needs_known_id: bool = False  # P9
    watch_absent: bool = True  # P12
    closing_looks_at_run: bool = True  # P28
    closing_waits_for_late: bool = True  # P4, P11: nothing new while a late twin may still answer
    absent_from: int = 4  # P13
    send_window: int = 2
    looks_needed: int = 1
    witness_needed: bool = False
    """P14: a look is negative only with a task in the list that began after `absent_from`; without this rule
    the list never lags longer than assumed."""
    buys_witness: bool = True
    """P14: with nothing else to be sent, a search sends a task of its own."""
    witness_after: str = "absent_from"
    """P14: `absent_from`, or `begin`: whatever began after the attempt did."""
    witness_every: int = 2
    # The world.
    others: bool = False
    """Whether other jobs of the account are sent, each of which may be a witness."""
    attempts: int = 2
    workers: int = 2
    lease: int = 1
    deadline: int = 1
    network_delay: int = 2
    list_lag: int = 2
    pause: int = 0
    messages: int = 2
    queue_wait: int = 0
    postbacks: bool = True
    operator_may_cancel: bool = False
    operator_may_retry: bool = False
    operator_may_write_off: bool = False


class Worker(NamedTuple):
    """What one worker is doing: idle, holding, sending, checked, posted or replied."""

    doing: str = "idle"
    attempt: int = -1
    timer: int = 0


class Attempt(NamedTuple):
    """What SQL knows of one attempt, and what became of it outside."""

    state: str = "-"
    age: int = 0
    looks: int = 0
    on_the_wire: int = 0
    provider: int = NOT_AT_PROVIDER
    listed_in: int = 0
    postback: int = 0
    id_known: int = 0
    advance: int = 0
    returned: int = 0
    reserved: int = 0
    stored: int = 0
    given_up: int = 0
    """By the operator, who was told that it may be paid twice."""


class World(NamedTuple):
    job: str
    lease: int
    messages: tuple[int, ...]
    workers: tuple[Worker, ...]
    attempts: tuple[Attempt, ...]
    run: str
    witness: Witness = Witness()

    def with_worker(self, at: int, worker: Worker) -> World:
        return self._replace(workers=(*self.workers[:at], worker, *self.workers[at + 1 :]))

    def with_attempt(self, at: int, attempt: Attempt) -> World:
        return self._replace(attempts=(*self.attempts[:at], attempt, *self.attempts[at + 1 :]))

    def others(self, at: int) -> Iterator[Attempt]:
        return (attempt for number, attempt in enumerate(self.attempts) if number != at)

    def free_attempt(self) -> int | None:
        return next((at for at, attempt in enumerate(self.attempts) if attempt.state == "-"), None)


Steps = Iterator[Step[World]]
IDLE = Worker()


class SendModel:
    """Everything that can happen to one job under a set of rules."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules

    def model(self) -> Model[World]:
        rules = self.rules
        start = World("queued", 0, (), (IDLE,) * rules.workers, (Attempt(),) * rules.attempts, "running")
        return Model(start, self.steps, broken, is_end, is_fair)

    def steps(self, world: World) -> Steps:
        yield from self._dispatcher(world)
        for number in range(len(world.workers)):
            yield from self._worker(world, number)
        for number in range(len(world.attempts)):
            yield from self._outside(world, number)
            yield from self._recover(world, number)
        yield from self._witness(world)
        after = self._tick(world)
        if after != world:
            yield Step("tick", after)

    # The dispatcher, the operator, Redis.

    def _dispatcher(self, world: World) -> Steps:
        rules = self.rules
        room = len(world.messages) < rules.messages
        published = world._replace(
            job="claimed", lease=rules.lease, messages=tuple(sorted((*world.messages, rules.queue_wait)))
        )
        if world.job == "queued" and room and (world.run == "running" or not rules.closing_looks_at_run):
            yield Step("dispatcher: claims and publishes", published)
        leased = ("claimed", "in_flight") if rules.lease_covers_in_flight else ("claimed",)
        if world.lease == 0 and room and world.job in leased:
            yield Step("dispatcher: lease is out, publishes again", published)
        if rules.operator_may_cancel and world.run == "running":
            job = "cancelled" if world.job in ("queued", "claimed") else world.job
            yield Step("operator: cancels", world._replace(job=job, run="cancelled"))
        if world.messages:
            yield Step("redis: loses a message", world._replace(messages=world.messages[1:]))

    # A worker.

    def _worker(self, world: World, number: int) -> Steps:
        worker = world.workers[number]
        name = f"worker {number}"
        if worker.doing == "idle" and world.messages and world.messages[0] == 0:
            after = world._replace(messages=world.messages[1:]).with_worker(number, Worker("holding"))
            yield Step(f"{name}: takes the message", after)
        if worker.doing == "holding":
            yield self._transaction_a(world, number, name)
        if worker.doing in ("sending", "checked"):
            yield self._check_and_post(world, number, name)
        if worker.doing == "posted":
            yield from self._wait_for_reply(world, number, name)
        if worker.doing == "replied":
            yield self._transaction_b(world, number, name)
        if worker.doing != "idle":
            yield Step(f"{name}: kill -9", world.with_worker(number, IDLE))

    def _transaction_a(self, world: World, number: int, name: str) -> Step[World]:
        rules, free = self.rules, world.free_attempt()
        allowed = world.job == "claimed" and (not rules.lease_must_be_live or world.lease > 0)
        if rules.one_open_attempt and any(attempt.state in OPEN for attempt in world.attempts):
            allowed = False
        if not allowed or free is None:
            return Step(f"{name}: transaction A refused", world.with_worker(number, IDLE))
        if not rules.row_before_post:
            after = world.with_worker(number, Worker("sending", free)).with_attempt(
                free, Attempt("unwritten")
            )
            return Step(f"{name}: goes on without a row for attempt {free}", after)
        after = world._replace(job="in_flight").with_worker(number, Worker("sending", free))
        broken_promise = "cancelled run: an attempt starts" if world.run == "cancelled" else None
        if any(attempt.state == "late" for attempt in world.attempts):
            broken_promise = "an attempt starts while a late twin may still answer"
        after = after.with_attempt(free, Attempt("sending", reserved=1))
        return Step(f"{name}: transaction A makes attempt {free}", after, broken_promise)

    def _check_and_post(self, world: World, number: int, name: str) -> Step[World]:
        rules, worker = self.rules, world.workers[number]
        attempt = world.attempts[worker.attempt]
        in_time = attempt.age < rules.send_window and attempt.state in ("sending", "unwritten")
        if worker.doing == "sending" and rules.check in ("before a pause", "connection"):
            if in_time:
                return Step(
                    f"{name}: check passes",
                    world.with_worker(number, Worker("checked", worker.attempt, rules.pause)),
                )
            return self._not_sent(world, number, name)
        if worker.doing == "sending" and rules.check == "at the write" and not in_time:
            return self._not_sent(world, number, name)
        if worker.doing == "checked" and rules.check == "connection" and worker.timer == 0:
            return self._not_sent(world, number, name)
        return self._post(world, number, name)

    def _not_sent(self, world: World, number: int, name: str) -> Step[World]:
        at = world.workers[number].attempt
        after = world.with_worker(number, IDLE)
        if world.attempts[at].state == "sending":
            after = after._replace(job=self._job_after_closing(world, at))
            after = after.with_attempt(at, world.attempts[at]._replace(state="rejected", reserved=0))
        return Step(f"{name}: too late, sends nothing", after)

    def _post(self, world: World, number: int, name: str) -> Step[World]:
        at = world.workers[number].attempt
        after = world.with_worker(number, Worker("posted", at, self.rules.deadline))
        after = after.with_attempt(at, world.attempts[at]._replace(on_the_wire=self.rules.network_delay))
        broken_promise = None
        for other in world.others(at):
            if other.given_up:
                continue
            if other.on_the_wire or other.provider in (RUNNING, FINISHED):
                broken_promise = "second POST while an earlier attempt is alive at the provider"
            elif other.state in OPEN:
                broken_promise = broken_promise or "POST while another attempt is unresolved"
        return Step(f"{name}: POST of attempt {at}", after, broken_promise)

    def _wait_for_reply(self, world: World, number: int, name: str) -> Steps:
        _, at, timer = world.workers[number]
        attempt = world.attempts[at]
        if attempt.provider and timer:
            yield Step(f"{name}: reply arrives", world.with_worker(number, Worker("replied", at)))
        if timer == 0:
            state = "unknown" if attempt.state == "sending" else attempt.state
            after = world.with_worker(number, IDLE).with_attempt(at, attempt._replace(state=state))
            yield Step(f"{name}: times out, attempt {at} is unknown", after)

    def _transaction_b(self, world: World, number: int, name: str) -> Step[World]:
        at = world.workers[number].attempt
        before = world.attempts[at]
        attempt, job = self._with_evidence(world, at, from_reply=True)
        thrown_away = attempt == before and not before.id_known and before.state not in ("settled", "waste")
        after = world._replace(job=job).with_worker(number, IDLE).with_attempt(at, attempt)
        return Step(
            f"{name}: transaction B", after, "evidence thrown away: a reply with ids" if thrown_away else None
        )

    # The provider, the network, the ways in.

    def _outside(self, world: World, at: int) -> Steps:
        attempt = world.attempts[at]
        if attempt.on_the_wire:
            accepted = attempt._replace(
                on_the_wire=0, provider=RUNNING, listed_in=self.rules.list_lag, postback=0
            )
            yield Step(f"provider: accepts attempt {at}", world.with_attempt(at, accepted))
            yield Step(
                f"network: drops attempt {at}", world.with_attempt(at, attempt._replace(on_the_wire=0))
            )
        if attempt.provider == RUNNING:
            finished = attempt._replace(provider=FINISHED, postback=int(self.rules.postbacks))
            yield Step(f"provider: finishes attempt {at}", world.with_attempt(at, finished))
        if attempt.provider == FINISHED and attempt.postback:
            yield self._postback(world, at)
        if attempt.provider == FINISHED and attempt.listed_in == 0 and self._somebody_looks(world):
            settled, job = self._settled(world, at, attempt)
            if settled:
                yield Step(
                    f"ready list: settles attempt {at}", world._replace(job=job).with_attempt(at, settled)
                )

    def _postback(self, world: World, at: int) -> Step[World]:
        attempt = world.attempts[at]._replace(postback=0)
        if attempt.state != "-" and (attempt.id_known or not self.rules.postback_needs_known_id):
            settled, job = self._settled(world, at, attempt)
            if settled:
                return Step(
                    f"postback: settles attempt {at}", world._replace(job=job).with_attempt(at, settled)
                )
        return Step(f"postback: attempt {at} refused", world.with_attempt(at, attempt))

    def _somebody_looks(self, world: World) -> bool:
        if any(attempt.state in OUTSTANDING for attempt in world.attempts):
            return True
        absent = (attempt for attempt in world.attempts if attempt.state == "absent")
        return self.rules.watch_absent and any(attempt.provider != COLLECTED for attempt in absent)

    # Recovery.

    def _recover(self, world: World, at: int) -> Steps:
        attempt, rules = world.attempts[at], self.rules
        if attempt.state == "sending" and attempt.age >= rules.absent_from:
            yield Step(
                f"recover: attempt {at} is unknown", world.with_attempt(at, attempt._replace(state="unknown"))
            )
        searching = any(other.state == "unknown" for other in world.others(at))
        shown = attempt.provider in (RUNNING, FINISHED) and attempt.listed_in == 0
        if attempt.state == "absent" and searching and shown:
            late, job = self._with_evidence(world, at)
            if late != attempt:
                yield Step(
                    f"recover: a search for others shows attempt {at}",
                    world._replace(job=job).with_attempt(at, late),
                )
        if attempt.state != "unknown":
            return
        yield from self._operator_decides(world, at)
        if attempt.provider and attempt.listed_in == 0:
            found, job = self._with_evidence(world, at)
            yield Step(
                f"recover: id_list shows attempt {at}", world._replace(job=job).with_attempt(at, found)
            )
        elif not self._may_conclude(world, at):
            return
        elif attempt.looks + 1 < rules.looks_needed:
            looked = attempt._replace(looks=attempt.looks + 1)
            yield Step(
                f"recover: look {looked.looks} at attempt {at} is empty", world.with_attempt(at, looked)
            )
        else:
            absent = attempt._replace(state="absent", reserved=0)
            after = world._replace(job=self._job_after_closing(world, at)).with_attempt(at, absent)
            yield Step(f"recover: attempt {at} is absent, the job is due again", after)

    def _may_conclude(self, world: World, at: int) -> bool:
        """Whether it says something that the list does not show the attempt (P13, P14)."""
        if world.attempts[at].age < self.rules.absent_from:
            return False
        witness = world.witness
        return not self.rules.witness_needed or (witness.is_listed and at in witness.after)

    # The witness.

    def _witness(self, world: World) -> Steps:
        rules, witness = self.rules, world.witness
        if rules.witness_needed and rules.buys_witness and self._is_wanted(world):
            bought = Witness("queued", again_in=rules.witness_every)
            yield Step("search: buys a witness", world._replace(witness=bought))
        if rules.others and not witness.may_speak:
            yield Step("dispatcher: claims another job", world._replace(witness=Witness("queued")))
        if witness.stage == "queued":
            after = tuple(at for at in range(len(world.attempts)) if self._began_before(world, at))
            begun = witness._replace(stage="sending", after=after)
            yield Step("witness: transaction A", world._replace(witness=begun))
        if witness.stage == "sending":
            posted = witness._replace(stage="posted", on_the_wire=rules.network_delay)
            yield Step("witness: POST", world._replace(witness=posted))
            yield Step("witness: kill -9", world._replace(witness=witness._replace(stage="failed")))
        for label, later in witness.outside(rules.list_lag):
            yield Step(label, world._replace(witness=later))

    def _is_wanted(self, world: World) -> bool:
        """Whether attempts wait for nothing but a witness, and none that may yet speak for them is out."""
        unknown = [at for at, attempt in enumerate(world.attempts) if attempt.state == "unknown"]
        if not unknown or any(world.attempts[at].age < self.rules.absent_from for at in unknown):
            return False
        if world.job in ("queued", "claimed") or any(a.state == "sending" for a in world.attempts):
            return False
        witness = world.witness
        if witness.stage == "posted" and witness.again_in == 0:
            return True  # Its own reply may be lost too: nobody knows whether it will ever be listed.
        began = witness.stage == "queued" or all(at in witness.after for at in unknown)
        return not (witness.may_speak and began) and witness.again_in == 0

    def _began_before(self, world: World, at: int) -> bool:
        attempt = world.attempts[at]
        if self.rules.witness_after == "begin":
            return attempt.state != "-"
        return attempt.state == "unknown" and attempt.age >= self.rules.absent_from

    def _operator_decides(self, world: World, at: int) -> Steps:
        rules, attempt = self.rules, world.attempts[at]
        given_up = attempt._replace(state="absent", reserved=0, given_up=1)
        if rules.operator_may_retry:
            after = world._replace(job=self._job_after_closing(world, at)).with_attempt(at, given_up)
            yield Step(f"operator: gives attempt {at} up and sends the job again", after)
        if rules.operator_may_write_off:
            waits = self._job_after_closing(world, at) == "in_flight"
            job = "failed" if world.job == "in_flight" and not waits else world.job
            after = world._replace(job=job).with_attempt(at, given_up)
            yield Step(f"operator: writes attempt {at} off", after)

    # What the transactions do.

    def _job_after_closing(self, world: World, at: int) -> str:
        if world.job != "in_flight":
            return world.job
        if self.rules.closing_waits_for_late and any(other.state == "late" for other in world.others(at)):
            return world.job
        if self.rules.closing_looks_at_run and world.run == "cancelled":
            return "cancelled"
        return "queued" if world.free_attempt() is not None else "failed"

    def _with_evidence(self, world: World, at: int, *, from_reply: bool = False) -> tuple[Attempt, str]:
        rules, attempt = self.rules, world.attempts[at]
        accepted = attempt.state in rules.evidence_from or (attempt.state == "unknown" and not from_reply)
        if not accepted:
            return attempt, world.job
        another_open = any(other.state in OPEN for other in world.others(at))
        state = "sent"
        if attempt.state == "absent" and rules.late_state:
            state = "late"
        elif attempt.state == "absent" and another_open and rules.one_open_attempt:
            return attempt, world.job  # The unique index refuses the row: what the reply said is lost.
        advance = 1 if rules.booked_by_event else attempt.advance
        revived = world.job in ("queued", "claimed") and rules.late_state and not another_open
        job = "in_flight" if revived else world.job
        return attempt._replace(state=state, id_known=1, advance=advance), job

    def _settled(self, world: World, at: int, attempt: Attempt) -> tuple[Attempt | None, str]:
        if attempt.stored:
            return attempt._replace(provider=COLLECTED), world.job
        acceptable = (*OUTSTANDING, "rejected")
        if attempt.state not in acceptable and not (
            attempt.state == "absent" and "absent" in self.rules.evidence_from
        ):
            return None, world.job
        first = world.job != "done" and all(other.state != "settled" for other in world.attempts)
        returned = 1 if self.rules.booked_by_event else attempt.returned
        settled = attempt._replace(
            state="settled" if first else "waste",
            provider=COLLECTED, postback=0, id_known=1, returned=returned, reserved=0, stored=1,
        )  # fmt: skip
        return settled, "done" if first else world.job

    def _tick(self, world: World) -> World:
        return world._replace(
            lease=max(0, world.lease - 1),
            messages=tuple(max(0, wait - 1) for wait in world.messages),
            workers=tuple(worker._replace(timer=max(0, worker.timer - 1)) for worker in world.workers),
            attempts=tuple(self._older(attempt) for attempt in world.attempts),
            witness=world.witness.older(),
        )

    def _older(self, attempt: Attempt) -> Attempt:
        grows = attempt.state in ("sending", "unknown")
        return attempt._replace(
            age=min(self.rules.absent_from, attempt.age + 1) if grows else attempt.age,
            on_the_wire=max(0, attempt.on_the_wire - 1),
            listed_in=max(0, attempt.listed_in - 1),
        )


def broken(world: World) -> str | None:
    """A promise that this state breaks."""
    if sum(attempt.state == "settled" for attempt in world.attempts) > 1:
        return "two answers adopted for one job"
    if not _quiet(world) or any(attempt.on_the_wire for attempt in world.attempts):
        return None
    if any(attempt.advance != attempt.returned for attempt in world.attempts):
        return "held is not zero with everything closed"
    if any(attempt.reserved for attempt in world.attempts):
        return "reserved is not zero with everything closed"
    return None


def is_end(world: World) -> bool:
    collected = all(attempt.provider in (NOT_AT_PROVIDER, COLLECTED) for attempt in world.attempts)
    on_the_wire = any(attempt.on_the_wire for attempt in (*world.attempts, world.witness))
    return _quiet(world) and collected and not on_the_wire and not world.witness.is_out


def _quiet(world: World) -> bool:
    return (
        world.job in ENDED
        and all(worker.doing == "idle" for worker in world.workers)
        and not any(attempt.state in OUTSTANDING for attempt in world.attempts)
    )


def is_fair(label: str) -> bool:
    return not any(word in label for word in ("kill", "loses", "operator"))


def send_model(rules: Rules) -> Model[World]:
    """The model of sending under these rules."""
    return SendModel(rules).model()
