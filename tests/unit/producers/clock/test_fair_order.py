"""Higher classes go first; in a class whoever has least on the way for its weight, and equals take turns."""

from __future__ import annotations

from producers.clock.fair_order import Contender, deal


def test_a_higher_class_has_all_the_room_that_it_can_use() -> None:
    runs = [Contender("a", 0, 1), Contender("b", 9, 1), Contender("c", -3, 1), Contender("d", 9, 1)]
    assert deal(runs, 100) == {"b": 50, "d": 50}


def test_the_runs_of_a_class_share_the_room_by_their_weights() -> None:
    assert deal([Contender("a", 1, 3), Contender("b", 1, 1), Contender("c", 0, 5)], 100) == {"a": 75, "b": 25}


def test_what_is_on_the_way_counts_as_had() -> None:
    runs = [Contender("a", 0, 1, on_the_way=30), Contender("b", 0, 1), Contender("c", 0, 2, on_the_way=10)]
    assert deal(runs, 5) == {"b": 5}
    assert deal(runs, 15) == {"b": 9, "c": 6}
    assert "a" not in deal(runs, 60)


def test_with_room_for_one_the_fewest_on_the_way_per_weight_goes_first() -> None:
    """Live slots free one at a time: the first run must not get every one of them."""
    on_the_way = {"a": 0, "b": 0, "c": 0}
    order = ""
    for _ in range(9):
        runs = [Contender(name, 0, 1, on_the_way=out) for name, out in on_the_way.items()]
        (served,) = deal(runs, 1)
        on_the_way[served] += 1
        order += served
    assert order == "abcabcabc"


def test_of_equals_the_one_that_waits_longest_goes_first() -> None:
    """Also where nothing is on the way any more whenever a slot is free."""
    served = {"a": 0, "b": 0, "c": 0}
    order = ""
    for turn in range(1, 10):
        (one,) = deal([Contender(name, 0, 1, served=at) for name, at in served.items()], 1)
        served[one] = turn
        order += one
    assert order == "abcabcabc"


def test_a_run_of_little_weight_is_not_left_with_nothing() -> None:
    runs = [Contender("heavy", 0, 1_000), Contender("light", 0, 1)]
    assert deal(runs, 7)["light"] == 1
    assert deal(runs, 600)["light"] == 1


def test_without_room_or_runs_nothing_is_dealt() -> None:
    assert deal([Contender("a", 0, 1)], 0) == {}
    assert deal([], 100) == {}
