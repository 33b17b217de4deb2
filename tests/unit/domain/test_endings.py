"""Every sending has an end: by its age, by what the provider keeps saying, by the operator's word (P20)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptrelay.domain.attempt import Attempt, burden
from promptrelay.domain.evidence import (
    Accepted,
    Answered,
    Evidence,
    Failed,
    Gone,
    Overdue,
    Placement,
    WrittenOff,
)
from promptrelay.domain.job import Job
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Terms
from promptrelay.domain.states import AttemptState, JobState, Reason, RunState
from promptrelay.domain.transitions import apply

A, J = AttemptState, JobState
COST, ADVANCE, FEE = Usd.of("0.0102"), Usd.of("0.01"), Usd.of("0.0002")
LOOKED_AT = (A.SENT, A.WITHHELD, A.LATE)
OTHERS = tuple(state for state in A if state not in (*LOOKED_AT, A.SETTLED))
OVERDUE = Overdue(attempt_id="a1", status_code=50301)
GONE = Gone(attempt_id="a1", status_code=40401, retry_in_s=9.0)
ANSWERED = Answered(
    attempt_id="a1",
    provider_id="p1",
    spent=Usd(5),
    status_code=20000,
    placement=Placement("s", 1, "h"),
    received_at=3,
)


def attempt(state: AttemptState = A.SENT, key: str = "a1") -> Attempt:
    found = Attempt(id=key, job_id="j", run_id="r", method=Method.STANDARD, state=state, due_at=60.0)
    found.learn(f"p{key[1:]}", reported=COST)
    return found


def job(state: JobState = J.IN_FLIGHT, *, tries: int = 0) -> Job:
    return Job(id="j", run_id="r", state=state, run_state=RunState.RUNNING, tries=tries)


def tell(evidence: Evidence, one: Attempt, of: Job, *siblings: Attempt) -> None:
    apply(evidence, one, of, siblings, now=50.0, max_tries=2)


def written_off(state: AttemptState) -> WrittenOff:
    return WrittenOff(attempt_id="a1", seen=state)


@pytest.mark.parametrize("state", LOOKED_AT)
def test_what_the_provider_keeps_saying_ends_it_as_overdue_with_that_code(state: AttemptState) -> None:
    one, of = attempt(state), job()
    tell(OVERDUE, one, of)
    assert (one.state, one.status_code, one.due_at) == (A.OVERDUE, 50301, None)
    assert (of.state, of.reason, of.status_code) == (J.FAILED, Reason.OVERDUE, 50301)


def test_one_given_up_fails_only_when_no_task_under_its_tag_may_still_be_answered() -> None:
    """P10: both tasks under its tag were accepted; each may be answered after the deadline yet."""
    one, of = attempt(), job()
    one.learn("p2", reported=COST)
    tell(OVERDUE, one, of)
    tell(Failed(attempt_id="a1", provider_id="p1", status_code=40501, retry_in_s=0.0), one, of)
    assert (one.state, one.wanted(Terms()).held) == (A.OVERDUE, ADVANCE)
    tell(Failed(attempt_id="a1", provider_id="p2", status_code=40501, retry_in_s=0.0), one, of)
    assert (one.state, one.wanted(Terms()).held) == (A.FAILED, ZERO)


@pytest.mark.parametrize("state", LOOKED_AT)
def test_what_is_gone_ends_as_expired_and_may_be_paid_for_once_more(state: AttemptState) -> None:
    one, of = attempt(state), job()
    tell(GONE, one, of)
    assert (one.state, one.status_code, one.due_at) == (A.EXPIRED, 40401, None)
    assert (of.state, of.tries, of.due_at) == (J.QUEUED, 1, 59.0)
    last, of = attempt(state), job(tries=1)
    tell(GONE, last, of)
    assert (of.state, of.reason, of.status_code) == (J.FAILED, Reason.EXPIRED, 40401)


@pytest.mark.parametrize("state", LOOKED_AT)
def test_the_operators_word_ends_what_the_provider_has(state: AttemptState) -> None:
    one, of = attempt(state), job()
    tell(written_off(state), one, of)
    assert (one.state, one.due_at) == (A.OVERDUE, None)
    assert (of.state, of.reason) == (J.FAILED, Reason.OVERDUE)


@pytest.mark.parametrize("seen", [A.UNKNOWN, A.WITHHELD, A.LATE])
def test_his_word_is_void_when_it_has_moved_on_since_he_looked(seen: AttemptState) -> None:
    one, of = attempt(A.SENT), job()
    before = replace(of)
    tell(written_off(seen), one, of)
    assert (one.state, one.due_at, of) == (A.SENT, 60.0, before)


@pytest.mark.parametrize("evidence", [OVERDUE, GONE])
@pytest.mark.parametrize("state", OTHERS)
def test_no_end_touches_what_is_not_looked_at(evidence: Evidence, state: AttemptState) -> None:
    one, of = attempt(state), job()
    before = replace(of)
    tell(evidence, one, of)
    assert (one.state, of) == (state, before)


@pytest.mark.parametrize("evidence", [OVERDUE, GONE, written_off(A.SETTLED)])
def test_with_its_answer_in_hand_only_the_second_task_under_its_tag_is_given_up(evidence: Evidence) -> None:
    one, of = attempt(A.SETTLED), job(J.DONE)
    tell(evidence, one, of)
    assert (one.state, one.due_at, of.state) == (A.SETTLED, None, J.DONE)


@pytest.mark.parametrize("evidence", [OVERDUE, GONE, written_off(A.SENT)])
def test_its_advance_stays_held_until_somebody_says_what_became_of_it(evidence: Evidence) -> None:
    one = attempt()
    one.reserved = Usd.of("0.05")
    tell(evidence, one, job())
    moved = one.wanted(Terms())
    assert (moved.held, moved.fee, moved.net) == (ADVANCE, FEE, COST)
    weighs = burden(one, moved)
    assert (weighs.reserved, weighs.spent, weighs.cash_out) == (ZERO, COST, ADVANCE)
    tell(Failed(attempt_id="a1", provider_id="p1", status_code=0, retry_in_s=0.0, expired=True), one, job())
    assert (one.state, one.wanted(Terms()).held, one.wanted(Terms()).net) == (A.EXPIRED, ZERO, FEE)


@pytest.mark.parametrize("evidence", [OVERDUE, GONE, written_off(A.SENT)])
def test_an_answer_that_comes_after_the_end_is_the_jobs(evidence: Evidence) -> None:
    one, of = attempt(), job(tries=1)
    tell(evidence, one, of)
    assert of.state is J.FAILED
    tell(ANSWERED, one, of)
    assert (one.state, of.state, of.answered_by, of.reason) == (A.SETTLED, J.DONE, "a1", None)


@pytest.mark.parametrize("evidence", [OVERDUE, GONE, written_off(A.SENT)])
def test_while_another_attempt_may_answer_the_job_waits_for_it(evidence: Evidence) -> None:
    one, of = attempt(), job()
    tell(evidence, one, of, attempt(A.LATE, key="a0"))
    assert of.state is J.IN_FLIGHT


def test_what_was_gone_and_is_listed_again_is_looked_at_again() -> None:
    one, of = attempt(), job()
    tell(GONE, one, of)
    tell(Accepted(attempt_id="a1", provider_id="p1", look_in_s=5.0), one, of)
    assert (one.state, one.due_at, of.state) == (A.LATE, 55.0, J.IN_FLIGHT)
