"""P21: any order and repetition of replies, answers, write-offs and corrections ends in the same books."""

from __future__ import annotations

from itertools import permutations

import pytest

from .ledger_model import FEE, Evidence, booked_by_difference, booked_by_event

REPLY, ANSWER, CORRECTED = Evidence("reply"), Evidence("answer", 77), Evidence("corrected", 80)
STORIES = {
    "reply and answer": ((REPLY, ANSWER), 77),
    "written off, reply late, answer": ((Evidence("absent"), REPLY, ANSWER), 77),
    "expired, answer late": ((REPLY, Evidence("expired"), ANSWER), 77),
    "answer, then the provider corrects the charge": ((REPLY, ANSWER, CORRECTED), 80),
}


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
