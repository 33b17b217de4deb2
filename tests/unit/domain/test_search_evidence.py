"""What a search, the operator and a second task under one tag lead to (P10, P11, P14, P16, P19)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from promptrelay.domain.attempt import Attempt
from promptrelay.domain.evidence import (
    Absent,
    Accepted,
    Answered,
    Evidence,
    Failed,
    Lost,
    Placement,
    WrittenOff,
)
from promptrelay.domain.job import Job
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Terms
from promptrelay.domain.states import AttemptState, JobState, Reason, RunState
from promptrelay.domain.transitions import apply

A, J = AttemptState, JobState
ABSENT = Absent(attempt_id="a1", retry_in_s=9.0)
COST = Usd.of("0.0102")


def attempt(state: AttemptState = A.UNKNOWN, method: Method = Method.STANDARD, key: str = "a1") -> Attempt:
    return Attempt(id=key, job_id="j", run_id="r", method=method, state=state)


def job(state: JobState = J.IN_FLIGHT, run_state: RunState = RunState.RUNNING, tries: int = 0) -> Job:
    return Job(id="j", run_id="r", state=state, run_state=run_state, tries=tries)


def tell(evidence: Evidence, one: Attempt, of: Job, *siblings: Attempt) -> None:
    apply(evidence, one, of, siblings, now=50.0, max_tries=2)


def accepted(task: str, cost: Usd | None = COST) -> Accepted:
    return Accepted(attempt_id="a1", provider_id=task, cost=cost, look_in_s=10.0)


def answered(task: str) -> Answered:
    return Answered(
        attempt_id="a1",
        provider_id=task,
        spent=Usd(5),
        status_code=20000,
        placement=Placement("s", 1, "h"),
        received_at=3,
    )


def failed(task: str) -> Failed:
    return Failed(attempt_id="a1", provider_id=task, status_code=40101, retry_in_s=9.0)


def test_an_absent_attempt_makes_its_job_due_again_and_counts_as_a_paid_try() -> None:
    one, of = attempt(), job()
    tell(ABSENT, one, of)
    assert (one.state, of.state, of.due_at, of.tries) == (A.ABSENT, J.QUEUED, 59.0, 1)


def test_a_job_whose_last_try_is_absent_fails_as_lost() -> None:
    one, of = attempt(), job(tries=1)
    tell(ABSENT, one, of)
    assert (of.state, of.reason) == (J.FAILED, Reason.LOST)


def test_an_absent_attempt_of_a_cancelled_run_cancels_its_job() -> None:
    of = job(run_state=RunState.CANCELLED)
    tell(ABSENT, attempt(), of)
    assert of.state is J.CANCELLED


@pytest.mark.parametrize("evidence", [ABSENT, Lost(attempt_id="a1"), WrittenOff(attempt_id="a1")])
@pytest.mark.parametrize("state", [state for state in A if state is not A.UNKNOWN])
def test_what_was_found_meanwhile_is_never_given_up(evidence: Evidence, state: AttemptState) -> None:
    one, of = attempt(state), job()
    before = replace(of)
    tell(evidence, one, of)
    assert (one.state, of) == (state, before)


@pytest.mark.parametrize(
    "evidence", [ABSENT, WrittenOff(attempt_id="a1"), WrittenOff(attempt_id="a1", retry_in_s=9.0)]
)
def test_nothing_new_is_sent_while_a_late_twin_may_still_answer(evidence: Evidence) -> None:
    one, of = attempt(), job()
    tell(evidence, one, of, attempt(A.LATE, key="a0"))
    assert (one.state, of.state) == (A.ABSENT, J.IN_FLIGHT)


def test_a_lost_live_call_fails_its_job_unless_the_campaign_asks_again() -> None:
    one, of = attempt(method=Method.LIVE), job()
    tell(Lost(attempt_id="a1"), one, of)
    assert (one.state, of.state, of.reason) == (A.LOST, J.FAILED, Reason.LOST_LIVE)
    one, of = attempt(method=Method.LIVE), job()
    tell(Lost(attempt_id="a1", retry_in_s=9.0), one, of)
    assert (one.state, of.state, of.tries) == (A.LOST, J.QUEUED, 1)


@pytest.mark.parametrize("state", [A.SENDING, A.UNKNOWN, A.LOST, A.REJECTED])
def test_the_list_tells_only_the_cost_of_a_live_call(state: AttemptState) -> None:
    one = attempt(state, Method.LIVE)
    tell(accepted("p1", Usd(700)), one, job())
    assert (one.state, one.due_at) == (state, None)
    assert one.wanted(Terms()).waste == Usd(700)


def test_a_live_answer_that_turns_up_is_no_waste() -> None:
    one, of = attempt(A.LOST, Method.LIVE), job(J.FAILED)
    tell(accepted("p1", Usd(700)), one, of)
    tell(answered("p1"), one, of)
    moved = one.wanted(Terms())
    assert (of.state, moved.waste, moved.llm, moved.fee) == (J.DONE, Usd(0), Usd(5), Usd(695))


@pytest.mark.parametrize(
    ("method", "ended", "reason"),
    [(Method.STANDARD, A.ABSENT, Reason.LOST), (Method.LIVE, A.LOST, Reason.LOST_LIVE)],
)
def test_the_operator_may_end_a_search_or_send_again_beyond_the_paid_tries(
    method: Method, ended: AttemptState, reason: Reason
) -> None:
    one, of = attempt(method=method), job(tries=1)
    tell(WrittenOff(attempt_id="a1"), one, of)
    assert (one.state, of.state, of.reason) == (ended, J.FAILED, reason)
    one, of = attempt(method=method), job(tries=1)
    tell(WrittenOff(attempt_id="a1", retry_in_s=9.0), one, of)
    assert (one.state, of.state, of.tries) == (ended, J.QUEUED, 2)


def test_evidence_after_a_write_off_still_brings_the_answer() -> None:
    one, of = attempt(), job()
    tell(WrittenOff(attempt_id="a1"), one, of)
    tell(accepted("p1"), one, of)
    assert (one.state, of.state) == (A.LATE, J.FAILED)
    tell(answered("p1"), one, of)
    assert (one.state, of.state, of.answered_by) == (A.SETTLED, J.DONE, "a1")


def test_a_second_task_under_the_tag_of_a_failed_attempt_is_still_collected() -> None:
    one, of = attempt(A.SENT), job()
    tell(accepted("p1"), one, of)
    tell(failed("p1"), one, of)
    assert (one.state, of.state) == (A.FAILED, J.QUEUED)
    tell(accepted("p2"), one, of)
    assert (one.state, one.provider_id, of.state) == (A.LATE, "p2", J.IN_FLIGHT)
    tell(answered("p2"), one, of)
    assert (one.state, one.waste, of.state) == (A.SETTLED, False, J.DONE)


def test_a_failure_told_twice_does_not_make_the_attempt_late() -> None:
    one, of = attempt(A.SENT), job()
    for evidence in (accepted("p1"), failed("p1"), accepted("p1"), failed("p1")):
        tell(evidence, one, of)
    assert (one.state, of.tries) == (A.FAILED, 1)


@pytest.mark.parametrize("last", [answered("p2"), failed("p2")])
def test_a_settled_attempt_is_looked_at_until_its_second_task_is_decided(last: Evidence) -> None:
    one, of = attempt(A.SENT), job()
    for evidence in (accepted("p1"), answered("p1"), accepted("p2")):
        tell(evidence, one, of)
    assert (one.state, one.provider_id, one.due_at) == (A.SETTLED, "p1", 60.0)
    tell(last, one, of)
    assert (one.state, one.due_at, of.answered_by) == (A.SETTLED, None, "a1")


def test_a_refused_attempt_that_was_charged_and_failed_counts_as_a_paid_try() -> None:
    one, of = attempt(A.REJECTED), job(J.QUEUED)
    tell(failed("p1"), one, of)
    tell(failed("p1"), one, of)
    assert (one.state, of.state, of.tries) == (A.FAILED, J.QUEUED, 1)
    one, of = attempt(A.REJECTED), job(J.CLAIMED, tries=1)
    tell(failed("p1"), one, of)
    assert (of.state, of.reason) == (J.FAILED, Reason.FAILED)
