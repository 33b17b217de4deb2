"""Every paid call without a reply is searched for: found, proven absent, or lost (P10-P15, P19)."""

from __future__ import annotations

import pytest

from promptrelay.domain.evidence import Absent
from promptrelay.domain.money import Usd
from promptrelay.domain.platform import Method
from promptrelay.domain.states import AttemptState, JobState, Reason
from promptrelay.domain.tag import Tag
from tests.integration.database.books import RUN, balances_of, check_books, record
from tests.integration.workers.unknown.scene import LONG_AGO_S, Scene, stranger

A, J = AttemptState, JobState
AFTER = ("reply_lost", "error_500_after", "garbage", "truncated", "hang_after")
BEFORE = ("lost_before", "error_500_before", "hang_before")


@pytest.mark.parametrize("fault", AFTER)
def test_what_was_taken_is_adopted_with_its_cost_and_not_sent_again(scene: Scene, fault: str) -> None:
    found, beside = scene.attempt(age_s=1), scene.attempt(age_s=1)
    scene.change(**{f"fault.task_post.{fault}": "1x"})
    assert scene.post(scene.tag(found), scene.tag(beside)) is None
    swept = scene.sweep()
    assert (swept.adopted, swept.trouble) == (2, None)
    for attempt in (found, beside):
        assert scene.row(attempt)["state"] == A.SENT
        assert scene.row(attempt)["due_at"] is not None
        assert scene.job(attempt)["state"] == J.IN_FLIGHT
        assert -balances_of(scene.database, attempt)["provider"] == scene.charged([scene.tag(attempt)]).nanos
    check_books(scene.database)
    assert scene.sweep().searched == 0


@pytest.mark.parametrize("fault", BEFORE)
def test_what_never_arrived_is_absent_once_a_witness_is_listed_often_enough(scene: Scene, fault: str) -> None:
    attempt = scene.attempt(age_s=LONG_AGO_S)
    scene.change(**{f"fault.task_post.{fault}": "1x"})
    assert scene.post(scene.tag(attempt)) is None
    assert scene.sweep().not_found == 0, "nothing proves that the list is complete"
    witness = scene.attempt(age_s=1)
    assert scene.post(scene.tag(witness)) is not None
    scene.sweep()
    assert scene.row(witness)["state"] == A.SENT
    assert scene.row(attempt)["state"] == A.UNKNOWN
    for _ in range(3):
        scene.sweep()
    assert scene.row(attempt)["state"] == A.ABSENT
    assert (scene.job(attempt)["state"], scene.job(attempt)["tries"]) == (J.QUEUED, 1)
    check_books(scene.database)


def test_a_young_attempt_that_is_not_listed_proves_nothing(scene: Scene) -> None:
    witness = scene.attempt(age_s=0)
    young = scene.attempt(age_s=1)
    scene.post(scene.tag(witness))
    for _ in range(4):
        assert scene.sweep(id_list_lag_s=60).not_found == 0
    assert scene.row(young)["state"] == A.UNKNOWN


def test_after_the_longest_wait_no_witness_is_needed(scene: Scene) -> None:
    attempt = scene.attempt(age_s=LONG_AGO_S)
    for _ in range(2):
        scene.sweep(max_s=LONG_AGO_S - 100)
    assert scene.row(attempt)["state"] == A.ABSENT


def test_a_list_that_lags_behind_condemns_nobody_and_shows_the_task_in_the_end(scene: Scene) -> None:
    scene.change(id_list_lag_s=3_600_000)
    attempt = scene.attempt(age_s=LONG_AGO_S)
    witness = scene.attempt(age_s=1)
    scene.change(**{"fault.task_post.reply_lost": "1x"})
    scene.post(scene.tag(witness))
    for _ in range(3):
        assert scene.sweep().not_found == 0
    scene.change(id_list_lag_s=0)
    scene.sweep()
    assert scene.row(witness)["state"] == A.SENT
    assert scene.row(attempt)["state"] == A.UNKNOWN


@pytest.mark.parametrize("fault", ["error_500_after", "garbage", "rate_40202", "lost_before"])
def test_a_list_that_cannot_be_read_proves_nothing(scene: Scene, fault: str) -> None:
    attempt = scene.attempt(age_s=LONG_AGO_S)
    scene.change(**{f"fault.id_list.{fault}": "1"})
    swept = scene.sweep(max_s=1)
    assert swept.trouble is not None
    assert swept.not_found == 0
    assert scene.row(attempt)["state"] == A.UNKNOWN


def test_an_absent_attempt_that_turns_up_in_a_search_for_others_is_a_late_twin(scene: Scene) -> None:
    twin, other = scene.attempt(age_s=1), scene.attempt(age_s=1)
    record(scene.database, Absent(attempt_id=twin, retry_in_s=0.0))
    scene.change(**{"fault.task_post.reply_lost": "1x"})
    scene.post(scene.tag(twin), scene.tag(other))
    scene.sweep()
    assert (scene.row(twin)["state"], scene.job(twin)["state"]) == (A.LATE, J.IN_FLIGHT)
    check_books(scene.database)


def test_two_tasks_under_one_tag_are_both_booked_and_the_second_is_waste(scene: Scene) -> None:
    attempt = scene.attempt(age_s=1)
    tag = scene.tag(attempt)
    scene.change(**{"fault.task_post.reply_lost": "2x"})
    scene.post(tag)
    scene.post(tag)
    assert scene.sweep().adopted == 2
    moved = balances_of(scene.database, attempt)
    assert -moved["provider"] == scene.charged([tag]).nanos
    assert moved["waste"] == Usd.of("0.0002").nanos
    check_books(scene.database)


def test_other_peoples_tasks_are_left_alone_and_unknown_ones_of_ours_are_named(scene: Scene) -> None:
    attempt = scene.attempt(age_s=1)
    scene.post(
        scene.tag(attempt, deployment="others"),
        "another program's tag",
        str(Tag(scene.deployment, RUN, f"{1:032x}", stranger())),
    )
    swept = scene.sweep()
    assert (swept.adopted, swept.strangers > 0) == (0, True)
    assert scene.row(attempt)["state"] == A.UNKNOWN


@pytest.mark.parametrize("listed", ["on", "off"])
def test_a_live_call_without_reply_or_object_is_lost_and_its_cost_booked_if_it_is_listed(
    scene: Scene, listed: str
) -> None:
    scene.change(live_in_id_list=listed, **{"fault.live.reply_lost": "1x"})
    attempt = scene.attempt(age_s=1, method=Method.LIVE)
    assert scene.ask(scene.tag(attempt)) is None
    assert scene.sweep(id_list_lag_s=60).searched == 0, "it may still be answered"
    scene.sweep(
        **dict.fromkeys(("send_window_s", "live_deadline_s", "provider_slack_s", "id_list_lag_s"), 0.0)
    )
    assert scene.row(attempt)["state"] == A.LOST
    assert (scene.job(attempt)["state"], scene.job(attempt)["reason"]) == (J.FAILED, Reason.LOST_LIVE)
    paid = scene.charged([scene.tag(attempt)]).nanos
    assert paid > 0
    assert balances_of(scene.database, attempt)["waste"] == (paid if listed == "on" else 0)
    check_books(scene.database)
