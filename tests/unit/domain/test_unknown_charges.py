"""What the provider took and did not say is never a number: it is held until a figure tells it (P21, P23)."""

from __future__ import annotations

from itertools import permutations

import pytest

from promptrelay.domain.attempt import Attempt, burden, nameless
from promptrelay.domain.evidence import (
    Accepted,
    Answered,
    Charged,
    Evidence,
    Failed,
    OutcomeUnknown,
    Placement,
)
from promptrelay.domain.job import Job
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Postings, TaskEvidence, Terms, postings
from promptrelay.domain.states import AttemptState, JobState, RunState
from promptrelay.domain.transitions import apply

TERMS = Terms()
TAKEN, FEE, ADVANCE, SPENT = (Usd.of(text) for text in ("0.0102", "0.0002", "0.01", "0.0288"))
LIVE_FEE = Usd.of("0.0006")
OPEN = Postings(provider=-TAKEN, held=ADVANCE, fee=FEE)


def moved(**facts: object) -> Postings:
    return postings([TaskEvidence(**facts)], TERMS, waste=False)  # type: ignore[arg-type]


def standard(**facts: object) -> Postings:
    return moved(method=Method.STANDARD, reported=TAKEN, **facts)


def live(**facts: object) -> Postings:
    return moved(method=Method.LIVE, answered=True, **facts)


def attempt(method: Method = Method.STANDARD, state: AttemptState = AttemptState.SENT) -> Attempt:
    reserved = Usd.of("0.05")
    return Attempt("a1", "j", "r", method, state, reserved=reserved, cash_out=TAKEN)


def tell(one: Attempt, *evidence: Evidence) -> None:
    job = Job("j", "r", JobState.IN_FLIGHT, RunState.RUNNING)
    for item in evidence:
        apply(item, one, job, (), now=50.0, max_tries=2)
        one.note_unknown_charge(TERMS)


def answered(spent: Usd | None, cost: Usd | None = None, provider_id: str = "p1") -> Answered:
    place = Placement("s", 1, "h")
    return Answered(
        attempt_id="a1",
        provider_id=provider_id,
        spent=spent,
        cost=cost,
        status_code=20000,
        placement=place,
        received_at=3,
    )


ACCEPTED = Accepted(attempt_id="a1", provider_id="p1", cost=TAKEN)
FAILED = Failed(attempt_id="a1", provider_id="p1", status_code=40101, retry_in_s=9.0)


def test_a_standard_answer_without_its_charge_gives_nothing_back() -> None:
    assert standard(answered=True) == OPEN
    assert standard(answered=True, failed=True) == OPEN


def test_its_charge_is_taken_from_what_the_free_call_said_that_it_cost() -> None:
    told = standard(answered=True, said=FEE + SPENT)
    assert told == standard(spent=SPENT) == Postings(provider=-(FEE + SPENT), fee=FEE, llm=SPENT)


def test_a_free_call_that_repeats_what_was_taken_at_first_tells_nothing() -> None:
    assert standard(answered=True, said=TAKEN) == OPEN
    assert moved(method=Method.STANDARD, answered=True, said=TAKEN) == OPEN


def test_a_live_answer_without_its_cost_costs_its_charge_and_the_fee() -> None:
    assert live(spent=SPENT) == Postings(provider=-(SPENT + LIVE_FEE), fee=LIVE_FEE, llm=SPENT)


def test_a_live_answer_without_its_charge_costs_what_was_reported() -> None:
    cost = SPENT + LIVE_FEE
    assert live(reported=cost) == Postings(provider=-cost, fee=LIVE_FEE, llm=SPENT)
    assert live(reported=ZERO) == Postings()


def test_a_live_answer_that_says_neither_books_nothing_and_is_unknown() -> None:
    assert live() == Postings()
    assert TaskEvidence(Method.LIVE, answered=True).has_unknown_charge(TERMS)
    assert TaskEvidence(Method.LIVE).has_unknown_charge(TERMS)
    for known in ({"reported": ZERO}, {"spent": SPENT}, {"accepted": False}):
        assert not TaskEvidence(Method.LIVE, **known).has_unknown_charge(TERMS)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "known", [{}, {"failed": True}, {"answered": True, "spent": SPENT}, {"answered": True, "said": SPENT}]
)
def test_a_standard_task_is_unknown_only_when_it_is_answered_and_nothing_tells_its_charge(
    known: dict[str, object],
) -> None:
    assert not TaskEvidence(Method.STANDARD, reported=TAKEN, **known).has_unknown_charge(TERMS)  # type: ignore[arg-type]
    assert TaskEvidence(Method.STANDARD, reported=TAKEN, answered=True).has_unknown_charge(TERMS)


@pytest.mark.parametrize("method", Method)
def test_an_unknown_charge_weighs_on_the_caps_as_while_it_was_out(method: Method) -> None:
    """P22."""
    one = attempt(method)
    before = burden(one, one.wanted(TERMS))
    tell(one, answered(None))
    assert (one.state, one.has_unknown_charge) == (AttemptState.SETTLED, True)
    assert burden(one, one.wanted(TERMS)) == before
    tell(one, Charged(attempt_id="a1", provider_id="p1", spent=SPENT))
    assert not one.has_unknown_charge
    assert burden(one, one.wanted(TERMS)).spent == one.wanted(TERMS).net > SPENT


def test_an_attempt_that_set_nothing_aside_weighs_what_is_booked() -> None:
    one = attempt()
    one.reserved = one.cash_out = ZERO
    tell(one, ACCEPTED, answered(None))
    weight = burden(one, one.wanted(TERMS))
    assert (weight.reserved, weight.cash_out) == (TAKEN, ADVANCE)


@pytest.mark.parametrize(
    "evidence",
    [
        (ACCEPTED, answered(None)),
        (ACCEPTED, answered(None), FAILED),
        (ACCEPTED, answered(None), answered(SPENT)),
        (ACCEPTED, answered(None), Charged(attempt_id="a1", provider_id="p1", spent=SPENT)),
        (ACCEPTED, answered(None, FEE + SPENT), answered(SPENT)),
    ],
)
def test_every_order_of_evidence_ends_with_the_same_money(evidence: tuple[Evidence, ...]) -> None:
    ends = []
    for order in permutations(evidence):
        one = attempt()
        tell(one, *order)
        ends.append((one.wanted(TERMS), one.has_unknown_charge))
    assert ends == [ends[0]] * len(ends)


def test_a_charge_that_was_told_is_not_forgotten_when_a_copy_does_not_tell_it() -> None:
    one = attempt()
    tell(one, ACCEPTED, answered(SPENT), answered(None))
    assert one.wanted(TERMS).llm == SPENT


@pytest.mark.parametrize(
    ("said", "off"),
    [
        (FEE + SPENT, None),
        (FEE + SPENT + Usd(1), None),
        (TAKEN, None),
        (SPENT, -FEE),
        (Usd.of("1.029"), Usd.of(1)),
    ],
)
def test_a_second_word_on_the_cost_that_differs_is_named_and_books_nothing(
    said: Usd, off: Usd | None
) -> None:
    task = TaskEvidence(Method.STANDARD, reported=TAKEN, answered=True, spent=SPENT, said=said)
    assert task.off(TERMS) == off
    assert postings([task], TERMS, waste=False) == standard(spent=SPENT)


def test_a_failed_task_that_cost_more_than_its_fee_is_named() -> None:
    one = attempt()
    tell(
        one,
        ACCEPTED,
        Failed(attempt_id="a1", provider_id="p1", status_code=40101, retry_in_s=9.0, cost=SPENT),
    )
    assert one.off(TERMS) == {"p1": SPENT - FEE}


def test_what_an_acceptance_without_an_id_costs_is_kept_until_its_id_is_found() -> None:
    """P8."""
    told = Usd.of("0.0202")
    nothing_named = OutcomeUnknown(attempt_id="a1", status_code=20100, cost=told)
    found = Accepted(attempt_id="a1", provider_id="p1")
    for order in permutations((nothing_named, found)):
        one = attempt(state=AttemptState.SENDING)
        tell(one, *order)
        assert one.wanted(TERMS).net == told
    one = attempt(state=AttemptState.SENDING)
    tell(one, nothing_named)
    assert (one.state, one.wanted(TERMS)) == (AttemptState.UNKNOWN, Postings())


def test_a_live_call_told_with_and_without_its_id_is_one_task() -> None:
    """P19."""
    for first, second in (("x", nameless("a1")), (nameless("a1"), "x")):
        one = attempt(Method.LIVE)
        one.learn(one.name_of(first), reported=SPENT)
        assert one.name_of(second) == first
    assert attempt().name_of("x") == "x"
