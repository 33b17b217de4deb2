"""P21, P23: any order and repetition of evidence ends in the same books; no unknown charge is a number."""

from __future__ import annotations

from itertools import permutations

import pytest

from .ledger_model import ADVANCE, FEE, RESERVATION, Evidence, booked_by_difference, booked_by_event, weight

REPLY, ANSWER, CORRECTED = Evidence("reply"), Evidence("answer", 77), Evidence("corrected", 80)
STORIES = {
    "reply and answer": ((REPLY, ANSWER), 77),
    "written off, reply late, answer": ((Evidence("absent"), REPLY, ANSWER), 77),
    "expired, answer late": ((REPLY, Evidence("expired"), ANSWER), 77),
    "answer, then the provider corrects the charge": ((REPLY, ANSWER, CORRECTED), 80),
}

HIDDEN, CHARGE = Evidence("answer", None), Evidence("charge", 77)
HIDDEN_STORIES = {
    "reply and answer": (REPLY, HIDDEN),
    "written off, reply late, answer": (Evidence("absent"), REPLY, HIDDEN),
    "expired, answer late": (REPLY, Evidence("expired"), HIDDEN),
}
STANDS = {
    "provider": -FEE - ADVANCE,
    "spend": FEE,
    "held": ADVANCE,
    "reserved": RESERVATION,
    "budget": -RESERVATION,
}


@pytest.mark.parametrize("story", HIDDEN_STORIES)
def test_an_answer_without_its_charge_gives_nothing_back_in_any_order(story: str) -> None:
    for order in permutations(HIDDEN_STORIES[story]):
        assert booked_by_difference(order) == STANDS


@pytest.mark.parametrize("story", HIDDEN_STORIES)
def test_a_charge_that_is_told_at_any_moment_ends_as_if_the_answer_had_told_it(story: str) -> None:
    for order in permutations((*HIDDEN_STORIES[story], CHARGE)):
        assert booked_by_difference(order) == {"provider": -FEE - 77, "spend": FEE + 77}


@pytest.mark.parametrize("charge", [0, ADVANCE, RESERVATION - FEE])
def test_a_cap_counts_at_least_what_an_answer_without_its_charge_took(charge: int) -> None:
    """P22: whatever it was, up to what was reserved for it."""
    for story in HIDDEN_STORIES.values():
        for order in permutations(story):
            assert weight(booked_by_difference(order)) >= FEE + charge


def test_an_unknown_charge_taken_for_zero_is_spent_behind_the_caps_back() -> None:
    """What P23 forbids: the refund is booked although it never came, and the cap has room for more."""
    books = booked_by_difference((REPLY, HIDDEN), unknown_is_zero=True)
    assert books == {"provider": -FEE, "spend": FEE}
    assert weight(books) < FEE + 77


@pytest.mark.parametrize("story", STORIES)
def test_booking_the_difference_ends_the_same_in_any_order(story: str) -> None:
    evidence, cost = STORIES[story]
    for order in permutations(evidence):
        assert booked_by_difference(order) == {"provider": -FEE - cost, "spend": FEE + cost}


@pytest.mark.parametrize("story", STORIES)
def test_evidence_that_comes_twice_books_nothing_twice(story: str) -> None:
    evidence, _ = STORIES[story]
    for order in permutations(evidence * 2 if len(evidence) == 2 else (*evidence, evidence[0])):
        assert booked_by_difference(order) == booked_by_difference(evidence)


@pytest.mark.parametrize(("story", "ends"), list(zip(STORIES, (2, 2, 2, 4), strict=True)))
def test_booking_by_event_depends_on_the_order(story: str, ends: int) -> None:
    evidence, _ = STORIES[story]
    found = {tuple(sorted(booked_by_event(order).items())) for order in permutations(evidence)}
    assert len(found) == ends
