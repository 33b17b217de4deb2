"""What is told again, or too late, changes nothing that rests on when it was told first."""

from __future__ import annotations

import pytest

from promptrelay.domain.attempt import Attempt
from promptrelay.domain.evidence import Accepted, Evidence, OutcomeUnknown, Overdue
from promptrelay.domain.job import MOST_DEATHS, Job
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState, JobState, RunState
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
