"""Higher classes go first, runs of a class share by weight, and nobody is left with nothing for ever."""

from __future__ import annotations

from producers.clock.fair_order import Contender, deal


def test_a_higher_class_is_claimed_before_a_lower_one() -> None:
    runs = [Contender("a", 0, 1), Contender("b", 9, 1), Contender("c", -3, 1), Contender("d", 9, 1)]
    assert [run_id for run_id, _ in deal(runs, 100)] == ["b", "d", "a", "c"]


def test_the_runs_of_a_class_share_the_room_by_their_weights() -> None:
    runs = [Contender("a", 1, 3), Contender("b", 1, 1), Contender("c", 0, 5)]
    assert dict(deal(runs, 100)) == {"a": 75, "b": 25, "c": 100}


def test_a_run_of_little_weight_gets_one_job_where_its_share_rounds_to_none() -> None:
    """Else it would wait until all the heavier ones are done."""
    runs = [Contender("heavy", 0, 1_000), Contender("light", 0, 1)]
    for room in (1, 7, 600):
        assert dict(deal(runs, room))["light"] == 1


def test_every_class_may_have_what_those_before_it_leave() -> None:
    """The caller takes off what was claimed: a class that has nothing due costs the next one nothing."""
    assert dict(deal([Contender("a", 5, 1), Contender("b", 1, 1)], 8)) == {"a": 8, "b": 8}


def test_without_room_or_runs_nothing_is_dealt() -> None:
    assert deal([Contender("a", 0, 1)], 0) == []
    assert deal([], 100) == []
