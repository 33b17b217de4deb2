"""What an attempt should have moved follows from what is known of it, and sums to zero (P21, P23)."""

from __future__ import annotations

from dataclasses import fields
from itertools import permutations

from hypothesis import given
from hypothesis import strategies as st

from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.postings import Postings, TaskEvidence, Terms, postings

amounts = st.integers(0, 10**9).map(Usd)
tasks = st.builds(
    TaskEvidence,
    method=st.sampled_from(Method),
    reported=st.none() | amounts,
    accepted=st.booleans(),
    spent=st.none() | amounts,
    failed=st.booleans(),
    expired=st.booleans(),
    second=st.booleans(),
)
terms_of_all_kinds = st.builds(
    Terms, fee=amounts, advance=amounts, fee_back_on_failure=st.booleans(), fee_back_at_expiry=st.booleans()
)
TERMS = Terms()
REPORTED = Usd.of("0.0102")
STANDARD = TaskEvidence(Method.STANDARD, reported=REPORTED)


def _sum(moved: Postings) -> Usd:
    return Usd.total(getattr(moved, field.name) for field in fields(Postings))


def _of(*found: TaskEvidence, waste: bool = False, terms: Terms = TERMS) -> Postings:
    return postings(found, terms, waste=waste)


@given(st.lists(tasks, max_size=4), terms_of_all_kinds, st.booleans())
def test_postings_sum_to_zero_whatever_is_known(found: list[TaskEvidence], terms: Terms, waste: bool) -> None:
    assert _sum(postings(found, terms, waste=waste)) == ZERO


@given(st.lists(tasks, max_size=4), terms_of_all_kinds, st.booleans())
def test_the_order_of_tasks_does_not_matter(found: list[TaskEvidence], terms: Terms, waste: bool) -> None:
    assert len({postings(order, terms, waste=waste) for order in permutations(found)}) == 1


@given(st.lists(tasks, max_size=4), terms_of_all_kinds)
def test_waste_changes_the_reason_and_never_the_amount(found: list[TaskEvidence], terms: Terms) -> None:
    wanted, wasted = (postings(found, terms, waste=waste) for waste in (False, True))
    assert (wasted.provider, wasted.held) == (wanted.provider, wanted.held)
    assert wasted.fee == wasted.llm == ZERO


def test_an_accepted_task_holds_its_advance() -> None:
    assert _of(STANDARD) == Postings(provider=-REPORTED, held=Usd.of("0.01"), fee=Usd.of("0.0002"))


def test_an_unread_reply_counts_as_one_at_the_listed_price() -> None:
    assert _of(TaskEvidence(Method.STANDARD)) == _of(STANDARD)


def test_an_answer_returns_the_advance_and_books_what_was_spent() -> None:
    spent = Usd.of("0.029042400000000003")
    moved = _of(TaskEvidence(Method.STANDARD, reported=REPORTED, spent=spent))
    assert moved == Postings(provider=-(Usd.of("0.0002") + spent), fee=Usd.of("0.0002"), llm=spent)


def test_a_failure_gives_the_advance_back_and_keeps_the_fee_unless_the_terms_say_otherwise() -> None:
    failed = TaskEvidence(Method.STANDARD, reported=REPORTED, failed=True)
    assert _of(failed).net == Usd.of("0.0002")
    assert not _of(failed, terms=Terms(fee_back_on_failure=True))
    expired = TaskEvidence(Method.STANDARD, reported=REPORTED, expired=True)
    assert _of(expired, terms=Terms(fee_back_on_failure=True)).net == Usd.of("0.0002")
    assert not _of(expired, terms=Terms(fee_back_at_expiry=True))


def test_a_refusal_at_a_cost_is_waste() -> None:
    refused = TaskEvidence(Method.STANDARD, reported=Usd(7), accepted=False)
    assert _of(refused) == Postings(provider=Usd(-7), waste=Usd(7))


def test_a_live_reply_books_its_cost_as_fee_and_charge() -> None:
    live = TaskEvidence(Method.LIVE, reported=Usd(100), spent=Usd(80))
    assert _of(live) == Postings(provider=Usd(-100), fee=Usd(20), llm=Usd(80))


def test_a_live_answer_that_nobody_has_is_waste_at_its_cost() -> None:
    assert _of(TaskEvidence(Method.LIVE, reported=Usd(100))) == Postings(provider=Usd(-100), waste=Usd(100))


def test_a_second_task_under_one_tag_is_waste() -> None:
    first = TaskEvidence(Method.STANDARD, reported=REPORTED, spent=Usd(5))
    second = TaskEvidence(Method.STANDARD, reported=REPORTED, spent=Usd(9), second=True)
    assert _of(first, second).llm == Usd(5)
    assert _of(first, second).waste == Usd.of("0.0002") + Usd(9)
