"""What is told again, or too late, changes nothing that rests on when it was told first."""

from __future__ import annotations

import pytest

from promptrelay.domain.attempt import Attempt
from promptrelay.domain.evidence import (
    Absent,
    Accepted,
    Charged,
    Evidence,
    Gone,
    OutcomeUnknown,
    Overdue,
    Withheld,
    WrittenOff,
)
from promptrelay.domain.job import MOST_DEATHS, Job
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState, JobState, Reason, RunState
from promptrelay.domain.transitions import apply

COST = Usd.of("0.0102")


def attempt(state: AttemptState) -> Attempt:
    return Attempt(id="a1", job_id="j", run_id="r", method=Method.STANDARD, state=state)


def job(*, taken: bool = False, deaths: int = 0) -> Job:
    found = Job(id="j", run_id="r", state=JobState.IN_FLIGHT, run_state=RunState.RUNNING)
    found.taken, found.deaths = taken, deaths
    return found


def tell(evidence: Evidence, one: Attempt, of: Job, *, now: float = 50.0) -> None:
    apply(evidence, one, of, (), now=now, max_tries=2)


def test_a_worker_that_tells_of_a_lost_reply_has_not_died_of_its_job() -> None:
    """Only one that never said anything has: else every broken connection would lead to the quarantine."""
    one, of = attempt(AttemptState.SENDING), job(taken=True, deaths=MOST_DEATHS - 1)
    tell(OutcomeUnknown(attempt_id="a1"), one, of)
    assert (of.taken, of.deaths) == (False, 0)


def test_an_attempt_that_nobody_spoke_of_is_a_death() -> None:
    one, of = attempt(AttemptState.SENDING), job(taken=True, deaths=1)
    tell(OutcomeUnknown(attempt_id="a1", abandoned=True), one, of)
    assert (of.taken, of.deaths) == (False, 2)


@pytest.mark.parametrize("state", [AttemptState.SENDING, AttemptState.UNKNOWN, AttemptState.ABSENT])
def test_an_attempt_was_posted_when_that_was_first_known(state: AttemptState) -> None:
    """Its 72 hours count from then: a list that names it every day must not begin them anew (P20)."""
    one, of = attempt(state), job()
    accepted = Accepted(attempt_id="a1", provider_id="p1", cost=COST)
    tell(accepted, one, of, now=50.0)
    tell(accepted, one, of, now=250_000.0)
    assert one.posted_at == 50.0


def test_a_settled_attempt_whose_twins_time_is_over_is_not_looked_at_any_more() -> None:
    """Its run would never be finished while it has a due time (P10)."""
    one, of = attempt(AttemptState.SETTLED), job()
    one.learn("p1", reported=COST, spent=Usd(5))
    one.learn("p2", reported=COST)
    one.due_at = 60.0
    tell(Overdue(attempt_id="a1"), one, of)
    assert (one.state, one.due_at) == (AttemptState.SETTLED, None)


@pytest.mark.parametrize(
    "evidence",
    [
        Absent(attempt_id="a1", retry_in_s=0.0),
        WrittenOff(attempt_id="a1"),
        Withheld(attempt_id="a1", look_in_s=1.0),
        Overdue(attempt_id="a1"),
        Gone(attempt_id="a1", status_code=40401, retry_in_s=0.0),
        Charged(attempt_id="a1", provider_id="p1", cost=COST, spent=None),
    ],
    ids=lambda evidence: type(evidence).__name__,
)
def test_what_no_sender_says_leaves_a_job_in_its_workers_hands(evidence: Evidence) -> None:
    """A search or a look knows nothing of the worker that has the job: it may be dying of it just now."""
    one, of = attempt(AttemptState.SETTLED), job(taken=True, deaths=1)
    tell(evidence, one, of)
    assert (of.taken, of.deaths) == (True, 1)


@pytest.mark.parametrize("method", Method)
def test_the_first_word_on_what_was_taken_stays(method: Method) -> None:
    """A list may show later what a task cost in the end (P7)."""
    one = Attempt(id="a1", job_id="j", run_id="r", method=method, state=AttemptState.SENT)
    one.learn("p1", reported=COST)
    one.learn("p1", reported=Usd.of("0.5"))
    assert one.tasks["p1"].reported == COST


def test_only_what_the_provider_took_is_waited_for() -> None:
    """A task that it refused is never answered, and a Live call was answered or never is (P19)."""
    one = attempt(AttemptState.SENT)
    one.learn("p0", accepted=False, reported=COST)
    assert one.pending() is None
    one.learn("p1", reported=COST)
    assert one.pending() == "p1"
    live = Attempt(id="a1", job_id="j", run_id="r", method=Method.LIVE, state=AttemptState.UNKNOWN)
    live.learn("p1", reported=COST)
    assert live.pending() is None


@pytest.mark.parametrize("state", [state for state in JobState if state is not JobState.IN_FLIGHT])
def test_a_job_that_is_in_no_flight_is_not_sent_again(state: JobState) -> None:
    """Its last open attempt closed before (P4): what is told of another counts no try and moves nothing."""
    of = job()
    of.state = state
    of.retry(due_at=9.0, reason=Reason.FAILED, max_tries=5)
    of.hear(40501)
    assert (of.state, of.tries, of.status_code) == (state, 0, None)


def test_these_states_are_open() -> None:
    """P5: at most one of them a job; P20: a withheld answer is waited for like one that is not ready."""
    found = {state for state in AttemptState if attempt(state).is_open}
    assert found == {AttemptState(name) for name in ("sending", "sent", "unknown", "withheld")}
