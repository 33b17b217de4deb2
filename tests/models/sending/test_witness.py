"""P14: what a witness is good for, and what becomes of an unknown outcome when nobody can be one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..explorer import Result, explore
from .send_model import Rules, send_model

ASKED_FOR = Rules(witness_needed=True)
ONE_WORKER = replace(ASKED_FOR, workers=1)
LONGER_THAN_ASSUMED = 5
SECOND_POST = "second POST"


def with_rules(rules: Rules, until: str | None = None) -> Result:
    return explore(send_model(rules), until=until)


def test_without_anything_later_to_be_listed_an_unknown_outcome_never_ends() -> None:
    """The job of a sending whose reply was lost last of all waits, though nothing stands in its way."""
    result = with_rules(replace(ONE_WORKER, buys_witness=False))
    assert not result.violations
    assert result.stuck == 308, result.stuck_trace


def test_a_search_that_buys_a_witness_brings_every_outcome_to_an_end() -> None:
    """Also when the witness is killed before it is sent, dropped on its way, or fails and is hidden."""
    result = with_rules(ONE_WORKER)
    assert result.holds, result
    assert result.states == 19_242


@pytest.mark.long
def test_two_workers_and_a_bought_witness_pay_nothing_twice() -> None:
    result = with_rules(ASKED_FOR)
    assert result.holds, result
    assert result.states == 79_545


def test_with_a_witness_the_list_may_lag_longer_than_assumed() -> None:
    """Its order is what speaks: without a witness the same list makes a job be paid for twice."""
    late = replace(ONE_WORKER, list_lag=LONGER_THAN_ASSUMED)
    assert with_rules(late).holds
    blind = with_rules(replace(late, witness_needed=False), until=SECOND_POST)
    assert blind.breaks(SECOND_POST), blind


def test_a_witness_that_began_before_the_bound_proves_nothing() -> None:
    """What was sent after the attempt may be taken before it, while the attempt is still on its way."""
    late = replace(ONE_WORKER, list_lag=LONGER_THAN_ASSUMED, others=True, witness_after="begin")
    result = with_rules(late, until=SECOND_POST)
    assert result.breaks(SECOND_POST), result


@pytest.mark.long
def test_any_later_job_of_the_account_may_be_the_witness() -> None:
    result = with_rules(replace(ONE_WORKER, list_lag=LONGER_THAN_ASSUMED, others=True))
    assert result.holds, result


@pytest.mark.long
def test_several_looks_and_an_operator_who_cancels_change_nothing_of_that() -> None:
    result = with_rules(replace(ONE_WORKER, looks_needed=2, operator_may_cancel=True))
    assert result.holds, result
