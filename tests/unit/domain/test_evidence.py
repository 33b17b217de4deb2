"""Evidence applies from every state, only adds facts, and leaves a job where it can go on (P7)."""

from __future__ import annotations

from collections.abc import Callable
from copy import deepcopy
from itertools import product

import pytest

from promptrelay.domain.attempt import Attempt
from promptrelay.domain.evidence import (
    Accepted,
    Answered,
    Evidence,
    Failed,
    NotSent,
    OutcomeUnknown,
    Overdue,
    Placement,
    Refused,
    Withheld,
)
from promptrelay.domain.job import Job
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Terms
from promptrelay.domain.states import OPEN_ATTEMPT, AttemptState, JobState, Reason, RunState
from promptrelay.domain.transitions import apply

A, J, R = AttemptState, JobState, RunState
WRITTEN_OFF = (A.ABSENT, A.REJECTED, A.LOST)
COST = Usd.of("0.0102")
ANSWERED = Answered(
    attempt_id="a1",
    provider_id="p1",
    spent=Usd(5),
    status_code=20000,
    placement=Placement("s", 1, "h"),
    received_at=3,
)
ACCEPTED = Accepted(attempt_id="a1", provider_id="p1", cost=COST, look_in_s=10.0)
FAILED = Failed(attempt_id="a1", provider_id="p1", status_code=40101, retry_in_s=9.0)
EXPIRED = Failed(attempt_id="a1", provider_id="p1", status_code=40403, retry_in_s=9.0, expired=True)
NOT_SENT = NotSent(attempt_id="a1", retry_in_s=9.0)
UNKNOWN = OutcomeUnknown(attempt_id="a1")
WITHHELD = Withheld(attempt_id="a1", look_in_s=20.0)
OVERDUE = Overdue(attempt_id="a1")
REFUSED = Refused(attempt_id="a1", status_code=40501, reason=Reason.REFUSED)
THROTTLED = Refused(attempt_id="a1", status_code=40202, retry_in_s=9.0)
COUNTED = Refused(attempt_id="a1", status_code=40103, retry_in_s=9.0, counts=True)
CHARGED = Refused(attempt_id="a1", status_code=40501, cost=Usd(7))
EVERY = (
    ACCEPTED, ANSWERED, FAILED, EXPIRED, NOT_SENT, UNKNOWN, WITHHELD, OVERDUE, REFUSED, THROTTLED, COUNTED,
    CHARGED,
)  # fmt: skip

DECIDED: dict[AttemptState, dict[str, object]] = {
    A.SETTLED: {"spent": Usd(5)},
    A.FAILED: {"failed": True},
    A.EXPIRED: {"expired": True},
}


def attempt(state: AttemptState = A.SENT, key: str = "a1") -> Attempt:
    found = Attempt(id=key, job_id="j", run_id="r", method=Method.STANDARD, state=state)
    if state not in (A.SENDING, A.UNKNOWN, *WRITTEN_OFF):
        found.learn(f"p{key[1:]}", reported=COST, **DECIDED.get(state, {}))
    return found


def job(state: JobState = J.IN_FLIGHT, *, run: RunState = R.RUNNING, tries: int = 0) -> Job:
    return Job(id="j", run_id="r", state=state, run_state=run, tries=tries)


def tell(evidence: Evidence, one: Attempt, of: Job, *siblings: Attempt, max_tries: int = 2) -> None:
    apply(evidence, one, of, siblings, now=50.0, max_tries=max_tries)


@pytest.mark.parametrize(("evidence", "state"), list(product(EVERY, A)))
def test_evidence_is_taken_from_every_state_and_twice_is_as_good_as_once(
    evidence: Evidence, state: AttemptState
) -> None:
    one, of = attempt(state), job()
    tell(evidence, one, of)
    after = deepcopy((one, of))
    tell(evidence, one, of)
    assert (one, of) == after


@pytest.mark.parametrize(("evidence", "state"), list(product(EVERY, A)))
def test_facts_are_only_added(evidence: Evidence, state: AttemptState) -> None:
    one = attempt(state)
    one.learn("p1", reported=COST, spent=Usd(5), failed=True, expired=True)
    known = dict(one.tasks)
    tell(evidence, one, job())
    assert {key: one.tasks[key] for key in known} == known


@pytest.mark.parametrize("state", [state for state in A if state is not A.SETTLED])
def test_an_answer_settles_from_every_state_and_finishes_the_job(state: AttemptState) -> None:
    for where in (J.IN_FLIGHT, J.QUEUED, J.CLAIMED, J.FAILED, J.CANCELLED):
        one, of = attempt(state), job(where)
        tell(ANSWERED, one, of)
        assert (one.state, one.waste, one.due_at) == (A.SETTLED, False, None)
        assert (of.state, of.answered_by, of.reason, of.status_code) == (J.DONE, "a1", None, 20000)


@pytest.mark.parametrize(("evidence", "state"), list(product(EVERY, (A.SETTLED, A.FAILED, A.EXPIRED))))
def test_only_an_answer_moves_what_is_settled_or_failed(evidence: Evidence, state: AttemptState) -> None:
    one, of = attempt(state), job(J.DONE)
    of.answered_by = "a0"
    tell(evidence, one, of)
    assert one.state is (A.SETTLED if evidence is ANSWERED else state)
    assert of == Job(id="j", run_id="r", state=J.DONE, run_state=R.RUNNING, answered_by="a0")


@pytest.mark.parametrize("state", [A.SENDING, A.UNKNOWN])
def test_an_accepted_attempt_is_sent_and_looked_at_when_told(state: AttemptState) -> None:
    one, of = attempt(state), job()
    tell(ACCEPTED, one, of)
    assert (one.state, one.provider_id, one.posted_at, one.due_at) == (A.SENT, "p1", 50.0, 60.0)
    assert of.state is J.IN_FLIGHT


@pytest.mark.parametrize(("state", "where"), list(product(WRITTEN_OFF, (J.QUEUED, J.CLAIMED))))
def test_a_late_twin_alone_takes_its_job_back_before_it_is_sent_again(
    state: AttemptState, where: JobState
) -> None:
    """P11."""
    one, of = attempt(state), job(where)
    tell(ACCEPTED, one, of)
    assert (one.state, of.state) == (A.LATE, J.IN_FLIGHT)


def test_the_first_answer_is_the_jobs_and_the_late_twins_is_waste() -> None:
    """P11."""
    late, other, of = attempt(A.ABSENT), attempt(A.SENT, "a2"), job()
    tell(ACCEPTED, late, of, other)
    assert (late.state, other.state) == (A.LATE, A.SENT)
    tell(Answered(**{f: getattr(ANSWERED, f) for f in ANSWERED.__slots__} | _second()), other, of, late)
    tell(ANSWERED, late, of, other)
    assert (of.answered_by, other.waste, late.waste, late.state) == ("a2", False, True, A.SETTLED)


def _second() -> dict[str, object]:
    return {"attempt_id": "a2", "provider_id": "p2"}


def test_settling_a_job_revokes_its_attempt_that_is_still_sending() -> None:
    """P11."""
    late, sending, of = attempt(A.LATE), attempt(A.SENDING, "a2"), job()
    tell(ANSWERED, late, of, sending)
    assert (sending.state, of.state) == (A.REJECTED, J.DONE)


@pytest.mark.parametrize("state", sorted(set(OPEN_ATTEMPT) - {A.SENDING}))
def test_settling_a_job_leaves_what_may_have_been_paid_for_open(state: AttemptState) -> None:
    late, other, of = attempt(A.LATE), attempt(state, "a2"), job()
    tell(ANSWERED, late, of, other)
    assert other.state is state


@pytest.mark.parametrize(
    ("evidence", "twin"),
    list(product((FAILED, EXPIRED, OVERDUE), (*OPEN_ATTEMPT, A.LATE))),
)
def test_a_job_is_not_given_up_nor_sent_again_while_another_attempt_may_answer(
    evidence: Evidence, twin: AttemptState
) -> None:
    """P4, P11."""
    one, of = attempt(A.LATE), job()
    tell(evidence, one, of, attempt(twin, "a2"))
    assert (of.state, of.tries, of.reason) == (J.IN_FLIGHT, 0, None)


@pytest.mark.parametrize("evidence", [NOT_SENT, REFUSED, THROTTLED, COUNTED, CHARGED])
def test_a_replacement_that_was_not_accepted_leaves_the_job_to_its_late_twin(evidence: Evidence) -> None:
    """P11."""
    one, of = attempt(A.SENDING), job()
    tell(evidence, one, of, attempt(A.LATE, "a2"))
    assert not one.is_open
    assert of.state is J.IN_FLIGHT


def test_a_second_task_under_one_tag_is_marked_whichever_is_known_first() -> None:
    """P10, P21."""
    told = []
    for order in (("p1", "p2"), ("p2", "p1")):
        one, of = attempt(A.SENDING), job()
        for provider_id in order:
            tell(Accepted(attempt_id="a1", provider_id=provider_id, cost=COST), one, of)
        told.append(sorted((key, task.second) for key, task in one.tasks.items()))
        assert one.wanted(Terms()).net == COST * 2
    assert told[0] == told[1] == [("p1", False), ("p2", True)]


def test_one_failed_task_of_two_leaves_the_other_to_be_waited_for() -> None:
    """P10."""
    one, of = attempt(), job()
    tell(Accepted(attempt_id="a1", provider_id="p2"), one, of)
    tell(FAILED, one, of)
    assert (one.state, one.provider_id, of.state, of.tries) == (A.SENT, "p2", J.IN_FLIGHT, 0)
    tell(Failed(attempt_id="a1", provider_id="p2", status_code=40101, retry_in_s=9.0), one, of)
    assert (one.state, of.state, of.tries) == (A.FAILED, J.QUEUED, 1)


@pytest.mark.parametrize(
    ("evidence", "state", "counted"),
    [
        (FAILED, A.SENT, True),
        (EXPIRED, A.SENT, True),
        (COUNTED, A.SENDING, True),
        (Refused(attempt_id="a1", status_code=40501, cost=Usd(7), retry_in_s=9.0), A.SENDING, True),
        (THROTTLED, A.SENDING, False),
        (NOT_SENT, A.SENDING, False),
    ],
)
def test_only_what_may_have_cost_something_counts_as_a_paid_try(
    evidence: Evidence, state: AttemptState, counted: bool
) -> None:
    """P16."""
    one, of = attempt(state), job()
    tell(evidence, one, of)
    assert (of.state, of.tries, of.due_at) == (J.QUEUED, int(counted), 59.0)
    last, worn = attempt(state), job(tries=1)
    tell(evidence, last, worn)
    assert worn.state is (J.FAILED if counted else J.QUEUED)


@pytest.mark.parametrize(("evidence", "reason"), [(FAILED, Reason.FAILED), (EXPIRED, Reason.EXPIRED)])
def test_a_job_that_gives_up_says_why(evidence: Evidence, reason: Reason) -> None:
    one, of = attempt(), job(tries=1)
    tell(evidence, one, of)
    assert (of.state, of.reason, of.tries) == (J.FAILED, reason, 2)


def test_a_failure_that_may_not_be_repeated_ends_the_job_at_once() -> None:
    one, of = attempt(), job()
    tell(Failed(attempt_id="a1", provider_id="p1", status_code=1, retry_in_s=9.0, may_retry=False), one, of)
    assert of.state is J.FAILED


@pytest.mark.parametrize("evidence", [FAILED, EXPIRED])
@pytest.mark.parametrize(
    ("run", "where"),
    [(R.RUNNING, J.QUEUED), (R.PAUSED, J.QUEUED), (R.STOPPED_BUDGET, J.QUEUED), (R.CANCELLED, J.CANCELLED)],
)
def test_closing_looks_at_the_run(evidence: Evidence, run: RunState, where: JobState) -> None:
    """P28."""
    for told, state in ((evidence, A.SENT), (NOT_SENT, A.SENDING), (THROTTLED, A.SENDING)):
        one, of = attempt(state), job(run=run)
        tell(told, one, of)
        assert of.state is where


@pytest.mark.parametrize("state", sorted(set(A) - {A.SENDING}))
def test_neither_not_sent_nor_unknown_changes_what_is_no_longer_sending(state: AttemptState) -> None:
    for evidence in (NOT_SENT, UNKNOWN):
        one, of = attempt(state), job()
        tell(evidence, one, of)
        assert (one, of) == (attempt(state), job())


@pytest.mark.parametrize("state", [A.SENDING, A.UNKNOWN])
def test_rejected_needs_a_cost_of_exactly_zero(state: AttemptState) -> None:
    """P8."""
    free, charged = attempt(state), attempt(state)
    tell(REFUSED, free, job())
    tell(CHARGED, charged, job())
    assert (free.state, free.wanted(Terms()).net) == (A.REJECTED, ZERO)
    assert (charged.state, charged.wanted(Terms()).waste) == (A.FAILED, Usd(7))


def test_an_overdue_attempt_keeps_its_advance_held_until_the_provider_says_so() -> None:
    """P20."""
    one, of = attempt(), job()
    tell(OVERDUE, one, of)
    assert (one.state, one.wanted(Terms()).held) == (A.OVERDUE, Usd.of("0.01"))
    assert (of.state, of.reason) == (J.FAILED, Reason.OVERDUE)
    tell(EXPIRED, one, of)
    assert (one.state, one.wanted(Terms()).held) == (A.EXPIRED, ZERO)
    assert (of.state, of.tries) == (J.FAILED, 0)


@pytest.mark.parametrize(
    ("state", "after"), [(A.SENT, A.WITHHELD), (A.WITHHELD, A.WITHHELD), (A.LATE, A.LATE)]
)
def test_a_withheld_answer_is_looked_at_again_later(state: AttemptState, after: AttemptState) -> None:
    """P20."""
    one, of = attempt(state), job()
    one.due_at = 1.0
    tell(WITHHELD, one, of)
    assert (one.state, one.due_at) == (after, 70.0)


@pytest.mark.parametrize("make", [lambda: (FAILED, EXPIRED), lambda: (EXPIRED, FAILED)])
def test_a_failure_told_in_two_ways_costs_the_same_in_both_orders(
    make: Callable[[], tuple[Evidence, Evidence]],
) -> None:
    """P21."""
    one, of = attempt(), job()
    for evidence in make():
        tell(evidence, one, of)
    assert one.wanted(Terms(fee_back_at_expiry=True)).net == ZERO
    assert one.wanted(Terms(fee_back_on_failure=True)).net == Usd.of("0.0002")
