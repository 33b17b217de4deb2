"""P22: reservations never pass the cap; spend may, by what is in flight and late twins, and by no more."""

from __future__ import annotations

from .budget_model import CAP, COSTS, RESERVATION, Budget
from .explorer import explore

IN_FLIGHT_OVER = CAP * (max(COSTS) - RESERVATION)


def test_reserving_in_one_statement_until_closing_keeps_reservations_under_the_cap() -> None:
    budget = Budget()
    result = explore(budget.model())
    assert result.holds, result
    assert budget.worst_overshoot == IN_FLIGHT_OVER + max(COSTS)


def test_without_late_twins_the_overshoot_is_what_is_in_flight() -> None:
    budget = Budget(late_twin=False)
    assert explore(budget.model()).holds
    assert budget.worst_overshoot == IN_FLIGHT_OVER


def test_reading_the_cap_first_and_reserving_after_passes_it() -> None:
    assert explore(Budget(one_statement=False).model(), until="reservations").breaks(
        "reservations alone pass the cap"
    )


def test_releasing_with_the_reply_spends_more_than_is_in_flight() -> None:
    budget = Budget(until_closed=False)
    explore(budget.model())
    assert budget.worst_overshoot > IN_FLIGHT_OVER + max(COSTS)


def test_answers_that_hide_their_charge_pass_the_cap_by_no_more_than_those_that_tell_it() -> None:
    """P23: their reservation stays."""
    budget = Budget(late_twin=False, hides=True)
    assert explore(budget.model()).holds
    assert budget.worst_overshoot == IN_FLIGHT_OVER


def test_hidden_charges_taken_for_zero_make_room_that_is_not_there() -> None:
    budget = Budget(late_twin=False, hides=True, hidden_is_held=False)
    explore(budget.model())
    assert budget.worst_overshoot > IN_FLIGHT_OVER
