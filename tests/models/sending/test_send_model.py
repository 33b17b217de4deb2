"""P1, P2, P4, P5, P7, P9, P11, P12, P13, P21, P28: one job through crashes and delays."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ..explorer import Result, explore
from .send_model import Rules, send_model

ALL = Rules()
SECOND_POST = "second POST"


def with_rules(rules: Rules, until: str | None = None) -> Result:
    return explore(send_model(rules), until=until)


def test_with_all_rules_nothing_is_paid_twice_and_nothing_gets_stuck() -> None:
    result = with_rules(ALL)
    assert result.holds, result
    assert result.states == 13_765


def test_with_two_looks_three_attempts_and_a_cancelling_operator_all_still_holds() -> None:
    result = with_rules(replace(ALL, looks_needed=2, attempts=3, operator_may_cancel=True))
    assert result.holds, result
    assert result.states == 148_291


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(
            replace(ALL, check="connection", pause=1, absent_from=5), id="connection that dies after the gap"
        ),
        pytest.param(replace(ALL, postback_needs_known_id=True), id="postback waits for the reply"),
        pytest.param(replace(ALL, queue_wait=2), id="messages wait longer than a lease"),
        pytest.param(
            replace(ALL, one_open_attempt=False), id="no unique index while P4 holds: it is the second fence"
        ),
    ],
)
def test_what_the_protocol_leaves_open_is_harmless(rules: Rules) -> None:
    result = with_rules(rules)
    assert result.holds, result


@pytest.mark.parametrize(
    ("rules", "promise"),
    [
        pytest.param(replace(ALL, row_before_post=False), SECOND_POST, id="P1 the row comes after the POST"),
        pytest.param(replace(ALL, check="none"), SECOND_POST, id="P2 no check before the write"),
        pytest.param(
            replace(ALL, lease_covers_in_flight=True, one_open_attempt=False),
            SECOND_POST,
            id="P4 P5 no lease rule",
        ),
        pytest.param(replace(ALL, evidence_from=("sending",)), "evidence thrown away", id="P7 not refused"),
        pytest.param(
            replace(ALL, late_state=False, check="before a pause"),
            "evidence thrown away",
            id="P11 no late state",
        ),
        pytest.param(replace(ALL, absent_from=3), SECOND_POST, id="P13 absent one unit too early"),
        pytest.param(replace(ALL, list_lag=4), SECOND_POST, id="P13 the list lags longer than assumed"),
        pytest.param(replace(ALL, network_delay=4), SECOND_POST, id="P13 accepted later than assumed"),
        pytest.param(replace(ALL, booked_by_event=True), "held is not zero", id="P21 booked by event"),
        pytest.param(
            replace(ALL, operator_may_cancel=True, closing_looks_at_run=False),
            "cancelled run",
            id="P28 run ignored",
        ),
    ],
)
def test_without_a_rule_there_is_a_counterexample(rules: Rules, promise: str) -> None:
    result = with_rules(rules, until=promise)
    assert result.breaks(promise), result


OPERATOR = replace(ALL, operator_may_retry=True, operator_may_write_off=True)


def test_an_operator_who_decides_breaks_nothing_but_what_he_was_told() -> None:
    """His retry may pay twice; every answer still arrives, and the books close."""
    result = with_rules(replace(OPERATOR, workers=1))
    assert result.holds, result


@pytest.mark.long
def test_two_workers_and_an_operator_who_decides_break_nothing_either() -> None:
    result = with_rules(OPERATOR)
    assert result.holds, result


SMALL = replace(
    OPERATOR, operator_may_write_off=False, attempts=3, workers=1, messages=1, postbacks=False,
    network_delay=1, list_lag=1, send_window=1, absent_from=2,
)  # fmt: skip


def test_a_job_waits_for_a_late_twin_before_it_is_sent_again() -> None:
    result = with_rules(SMALL)
    assert result.holds, result


def test_without_that_wait_an_attempt_starts_beside_a_late_twin() -> None:
    promise = "an attempt starts while a late twin may still answer"
    result = with_rules(replace(SMALL, closing_waits_for_late=False), until=promise)
    assert result.breaks(promise), result


def test_a_lease_on_jobs_in_flight_leaves_jobs_that_never_end() -> None:
    assert with_rules(replace(ALL, lease_covers_in_flight=True)).stuck > 0


def test_an_absent_attempt_that_nobody_watches_is_never_collected() -> None:
    assert with_rules(replace(ALL, watch_absent=False, list_lag=4, postbacks=False)).stuck > 0


@pytest.mark.long
def test_a_pause_between_check_and_write_can_pay_twice_and_breaks_nothing_else() -> None:
    """P15: what remains cannot be excluded without help from the provider; it is counted instead."""
    result = with_rules(replace(ALL, check="before a pause"))
    assert set(result.violations) == {
        "POST while another attempt is unresolved",
        "second POST while an earlier attempt is alive at the provider",
    }
    assert result.stuck == 0


@pytest.mark.long
def test_without_lease_rule_and_index_the_whole_model_breaks_and_sticks() -> None:
    result = with_rules(replace(ALL, lease_covers_in_flight=True, one_open_attempt=False))
    assert result.breaks(SECOND_POST)
    assert result.stuck > 0
