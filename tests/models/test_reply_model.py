"""P8: an entry is matched by what it says of itself, never by where it stands."""

from __future__ import annotations

from .reply_model import (
    by_tag_echo_and_class,
    by_tag_then_position,
    foreign_ids,
    paid_again,
    refused_unless_named,
    replies,
    unknown_unless_named,
    wrong_outcomes,
)


def test_every_reply_to_three_tasks_is_tried() -> None:
    assert sum(1 for _ in replies(accepted_echo=False)) == 1_296


def test_matching_by_position_adopts_the_ids_of_other_tasks() -> None:
    assert foreign_ids(by_tag_then_position) == 216
    assert wrong_outcomes(by_tag_then_position) > 0


def test_matching_by_tag_echo_and_class_gives_no_task_what_is_not_its_own() -> None:
    for accepted_echo in (False, True):
        assert foreign_ids(by_tag_echo_and_class, accepted_echo=accepted_echo) == 0
        assert wrong_outcomes(by_tag_echo_and_class, accepted_echo=accepted_echo) == 0


def test_untagged_errors_of_one_class_are_still_dealt_out() -> None:
    reply = next(
        reply
        for reply in replies(accepted_echo=False)
        if all(e.outcome == "error 1" and not e.tag for e in reply)
    )
    assert {task: match.outcome for task, match in by_tag_echo_and_class(reply).items()} == dict.fromkeys(
        "abc", "error 1"
    )


def test_an_acceptance_without_an_id_that_counts_as_refused_is_paid_for_again() -> None:
    assert paid_again(refused_unless_named) > 0


def test_an_acceptance_without_an_id_that_is_unknown_never_is() -> None:
    assert paid_again(unknown_unless_named) == 0
