"""P8: an entry is placed by what it says, never by where it stands."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from promptrelay.dataforseo.matching import Matches, Rejected, SentTask, match_reply
from promptrelay.dataforseo.wire.reply import Entry, read_reply

SENT = [
    SentTask(
        f"attempt {n}", f"tag {n}", {"user_prompt": f"prompt {n}", "temperature": 0.3, "tag": f"tag {n}"}
    )
    for n in range(3)
]
ALIKE = [SentTask(f"attempt {n}", f"tag {n}", {"user_prompt": "same", "tag": f"tag {n}"}) for n in range(3)]

KINDS: dict[str, dict[str, Any]] = {
    "created": {"status_code": 20100, "cost": 0.0102},
    "bad input": {"status_code": 40501, "cost": 0},
    "busy": {"status_code": 50301, "cost": 0},
    "failed at a cost": {"status_code": 40101, "cost": 0.002},
    "no cost said": {"status_code": 40501},
}


def task_of(number: int, kind: str, says: str, sent: list[SentTask]) -> dict[str, Any]:
    """The provider's task object about one of the chunk; `says` is how much it echoes."""
    payload = dict(sent[number].payload)
    if says != "tag":
        payload.pop("tag")
    echo = {"tag": {"tag": payload.get("tag")}, "payload": payload, "nothing": {}}[says]
    return {"id": f"id {number}", "data": {"api": "ai_optimization", **echo}, **KINDS[kind]}


def matched(sent: list[SentTask], *tasks: dict[str, Any], **top: Any) -> Matches:
    fields = {"status_code": 20000, "cost": 0, "tasks_count": len(tasks), "tasks": list(tasks), **top}
    return match_reply(sent, read_reply(json.dumps(fields).encode()))


def assert_true(matches: Matches, told: list[tuple[str, str]], sent: list[SentTask]) -> None:
    """What is placed is true of the attempt, and each attempt is either placed or unknown."""
    assert matches.found.keys() | matches.unknown == {task.attempt_id for task in sent}
    assert not matches.found.keys() & matches.unknown
    for number, (kind, _) in enumerate(told):
        found = matches.found.get(f"attempt {number}")
        if isinstance(found, Entry):
            assert found.provider_id == f"id {number}"
        elif isinstance(found, Rejected):
            assert found.code == KINDS[kind]["status_code"]
            assert KINDS[kind].get("cost") == 0


@pytest.mark.parametrize("sent", [SENT, ALIKE], ids=["distinct", "alike"])
@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_no_reply_about_three_tasks_is_ever_matched_wrongly(
    sent: list[SentTask], order: tuple[int, ...]
) -> None:
    """Every kind of entry, every amount of echo, every order: 3,375 replies each."""
    for told in itertools.product(itertools.product(KINDS, ("tag", "payload", "nothing")), repeat=3):
        matches = matched(sent, *(task_of(number, *told[number], sent) for number in order))
        assert_true(matches, list(told), sent)
        for number, (_, says) in enumerate(told):
            if says == "tag" or (says == "payload" and sent is SENT):
                assert isinstance(matches.found.get(f"attempt {number}"), Entry)


@pytest.mark.parametrize("left_out", range(3))
def test_a_reply_that_leaves_one_out_says_nothing_about_it(left_out: int) -> None:
    """Also when the others are errors: the missing one may have been taken."""
    numbers = [number for number in range(3) if number != left_out]
    for told in itertools.product(itertools.product(KINDS, ("tag", "payload", "nothing")), repeat=3):
        matches = matched(SENT, *(task_of(number, *told[number], SENT) for number in numbers))
        assert f"attempt {left_out}" in matches.unknown
        assert_true(matches, list(told), SENT)


def test_a_task_of_a_stranger_is_never_adopted_and_nothing_is_dealt_beside_it() -> None:
    stranger = {"id": "x", "data": {"tag": "tag of another"}, **KINDS["created"]}
    errors = [task_of(number, "busy", "nothing", SENT) for number in range(3)]
    matches = matched(SENT, stranger, *errors)
    assert not matches.found
    assert matches.unknown == {"attempt 0", "attempt 1", "attempt 2"}
    assert {entry.provider_id for entry in matches.foreign} >= {"x"}


def test_a_payload_that_nobody_sent_is_a_strangers() -> None:
    task = {"id": "x", "data": {"user_prompt": "other", "temperature": 0.3}, **KINDS["created"]}
    matches = matched(SENT, task)
    assert [entry.provider_id for entry in matches.foreign] == ["x"]
    assert not matches.found


def test_errors_alike_are_dealt_to_as_many_attempts_left() -> None:
    errors = [task_of(number, "bad input", "nothing", SENT) for number in (1, 2)]
    matches = matched(SENT, task_of(0, "created", "tag", SENT), *errors)
    assert matches.found["attempt 1"] == matches.found["attempt 2"] == Rejected(40501)
    assert not matches.unknown


@pytest.mark.parametrize(
    "kinds", [("bad input", "busy"), ("failed at a cost",) * 2, ("no cost said",) * 2, ("created",) * 2]
)
def test_errors_of_two_classes_or_at_a_cost_are_not_dealt(kinds: tuple[str, str]) -> None:
    loose = [task_of(number, kind, "nothing", SENT) for number, kind in zip((1, 2), kinds, strict=True)]
    assert matched(SENT, task_of(0, "created", "tag", SENT), *loose).unknown == {"attempt 1", "attempt 2"}


def test_an_echo_that_lacks_a_field_is_not_taken_for_the_task_without_it() -> None:
    """Two tasks differ by one field only; an error that leaves it out could be either's."""
    sent = [
        SentTask("plain", "tag 0", {"user_prompt": "same"}),
        SentTask("warm", "tag 1", {"user_prompt": "same", "temperature": 0.9}),
    ]
    bare = {"id": "x", "data": {"user_prompt": "same"}, **KINDS["created"]}
    assert matched(sent, bare).unknown == {"plain", "warm"}
    sent[0] = SentTask("plain", "tag 0", {"user_prompt": "same", "temperature": 0.1})
    full = {"id": "y", "data": {"user_prompt": "same", "temperature": 0.90}, **KINDS["created"]}
    assert matched(sent, full).found["warm"].provider_id == "y"  # type: ignore[union-attr]


def test_a_tag_with_two_accepted_tasks_names_the_second_as_a_twin() -> None:
    """P10: a proxy repeated the POST; both were charged."""
    first, second = task_of(0, "created", "tag", SENT), {**task_of(0, "created", "tag", SENT), "id": "again"}
    matches = matched(SENT[:1], first, second)
    assert matches.found["attempt 0"].provider_id == "id 0"  # type: ignore[union-attr]
    assert [(attempt, entry.provider_id) for attempt, entry in matches.twins] == [("attempt 0", "again")]


def test_a_tag_whose_errors_contradict_each_other_is_unknown() -> None:
    bad, busy = task_of(0, "bad input", "tag", SENT), task_of(0, "busy", "tag", SENT)
    assert matched(SENT[:1], bad, busy).unknown == {"attempt 0"}


@pytest.mark.parametrize(
    ("code", "cost", "rejects"),
    [
        (40100, 0, True),
        (40202, 0, True),
        (40202, 0.0, True),
        (40202, 0.01, False),
        (40202, None, False),
        (40602, 0, False),
        (20000, 0, False),
        (50000, 0, False),
        (50301, 0, False),
    ],
)
def test_a_reply_without_entries_rejects_only_for_a_4xxxx_at_no_cost(
    code: int, cost: object, rejects: bool
) -> None:
    matches = matched(SENT, status_code=code, cost=cost)
    everyone = {task.attempt_id for task in SENT}
    assert matches.found == (dict.fromkeys(everyone, Rejected(code)) if rejects else {})
    assert matches.unknown == (set() if rejects else everyone)


def test_of_two_entries_that_echo_one_task_neither_is_its_own() -> None:
    """One of them may be another's: whichever was taken, the attempt is searched for."""
    twice = [task_of(0, "created", "payload", SENT), task_of(0, "bad input", "payload", SENT)]
    for order in (twice, twice[::-1]):
        matches = matched(SENT, *order, tasks_count=3)
        assert matches.found == {}
        assert matches.unknown == {"attempt 0", "attempt 1", "attempt 2"}


def test_what_carries_anothers_tag_is_nobodys_though_it_echoes_our_words() -> None:
    theirs = task_of(0, "created", "payload", SENT)
    theirs["data"]["tag"] = "of another deployment"
    matches = matched(SENT[:1], theirs)
    assert (matches.found, matches.unknown) == ({}, {"attempt 0"})
    assert [entry.provider_id for entry in matches.foreign] == ["id 0"]
