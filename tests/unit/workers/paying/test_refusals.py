"""What a refusal in the reply to a paid call proves, by its code and its cost (P8, P16)."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest

from promptrelay.dataforseo.matching import Rejected
from promptrelay.dataforseo.policy import Call
from promptrelay.dataforseo.wire.reply import Entry, read_entry
from promptrelay.domain.evidence import Evidence, OutcomeUnknown, Refused
from promptrelay.domain.money import ZERO, Usd
from promptrelay.domain.states import Reason
from workers.paying.refusals import LIVE_TIMEOUT, refusal

NOW, RETRY_WAIT_S, SCALE = 1_000.0, 30.0, 60.0
ROOMS: Any = SimpleNamespace(
    clock=SimpleNamespace(now=lambda: NOW), pace=SimpleNamespace(retry_wait_s=RETRY_WAIT_S, time_scale=SCALE)
)
BAD_INPUT, BUSY, TOO_MANY, AT_ONCE, DUPLICATE, NO_MONEY, WRONG_RUN = (
    40501,
    50301,
    40202,
    40209,
    40205,
    40200,
    40204,
)


def entry(code: int, **fields: Any) -> Entry:
    return read_entry(json.dumps({"id": "p1", "status_code": code, **fields}).encode())


def told(found: Entry | Rejected, call: Call = Call.POST) -> Evidence:
    return refusal(ROOMS, "a1", found, call)


def refused(code: int, call: Call = Call.POST, **fields: Any) -> Refused:
    found = told(entry(code, **({"cost": 0} | fields)), call)
    assert isinstance(found, Refused)
    return found


@pytest.mark.parametrize("code", [BAD_INPUT, BUSY, TOO_MANY, 12345])
def test_without_a_cost_nothing_is_proven(code: int) -> None:
    assert told(entry(code)) == OutcomeUnknown(attempt_id="a1", status_code=code)


def test_a_code_that_nobody_knows_proves_nothing_at_a_cost_of_zero() -> None:
    assert told(entry(12345, cost=0)) == OutcomeUnknown(attempt_id="a1", status_code=12345)
    assert told(Rejected(12345)) == OutcomeUnknown(attempt_id="a1", status_code=12345)


def test_a_code_that_nobody_knows_at_a_cost_is_searched_for_at_that_cost() -> None:
    """It may have been taken: refused, its prompt would be paid for again."""
    found = told(entry(12345, cost=0.002))
    assert found == OutcomeUnknown(attempt_id="a1", status_code=12345, cost=Usd.of("0.002"))


def test_a_refusal_of_the_whole_call_costs_nothing() -> None:
    found = told(Rejected(BUSY))
    assert isinstance(found, Refused)
    assert (found.cost, found.provider_id, found.status_code) == (ZERO, None, BUSY)


@pytest.mark.parametrize(
    ("code", "call", "again"),
    [
        (BAD_INPUT, Call.POST, False),
        (BAD_INPUT, Call.LIVE, False),
        (LIVE_TIMEOUT, Call.LIVE, False),
        (BUSY, Call.POST, True),
        (40101, Call.LIVE, True),
    ],
)
def test_what_would_be_refused_or_too_long_again_is_not_sent_again(
    code: int, call: Call, again: bool
) -> None:
    assert (refused(code, call).retry_in_s is not None) is again


def test_a_job_that_is_refused_says_so() -> None:
    assert refused(BAD_INPUT).reason is Reason.REFUSED
    assert refused(BUSY).reason is Reason.FAILED


@pytest.mark.parametrize(
    ("code", "counts"),
    [
        (40101, True),
        (40103, True),
        (BUSY, False),
        (TOO_MANY, False),
        (AT_ONCE, False),
        (DUPLICATE, False),
        (NO_MONEY, False),
        (WRONG_RUN, False),
        (50304, False),
    ],
)
def test_a_refusal_that_is_not_the_jobs_fault_is_no_paid_try(code: int, counts: bool) -> None:
    assert refused(code).counts is counts


@pytest.mark.parametrize(
    ("code", "waits_s"),
    [
        (BUSY, RETRY_WAIT_S),
        (40101, RETRY_WAIT_S),
        (AT_ONCE, 1.0),
        (TOO_MANY, 60.0),
        (DUPLICATE, 3_600.0 / SCALE),
        (40206, 86_400.0 / SCALE),
    ],
)
def test_it_is_sent_again_as_late_as_its_code_asks_for(code: int, waits_s: float) -> None:
    assert refused(code).retry_in_s == waits_s
