"""P8: an entry that says less than the whole payload is nobody's, and a number is not a boolean."""

from __future__ import annotations

import json
from typing import Any

import pytest

from promptrelay.dataforseo.matching import Matches, SentTask, match_reply
from promptrelay.dataforseo.wire.reply import read_reply

PAYLOAD = {"user_prompt": "why?", "temperature": 0.3, "web_search": True}


def sent(**payload: Any) -> SentTask:
    return SentTask("a1", "tag 1", {**payload, "tag": "tag 1"})


def matched(task: SentTask, echo: dict[str, Any], **fields: Any) -> Matches:
    entry = {"id": "p1", "status_code": 20100, "cost": 0.0102, "data": echo, **fields}
    envelope = {"status_code": 20000, "cost": 0, "tasks_count": 1, "tasks": [entry]}
    return match_reply([task], read_reply(json.dumps(envelope).encode()))


@pytest.mark.parametrize(
    "echo",
    [
        {},
        {"user_prompt": "why?"},
        {"user_prompt": "why?", "temperature": 0.3},
        {"temperature": 0.3, "web_search": True},
    ],
    ids=["nothing", "the prompt alone", "all but one", "all but the prompt"],
)
def test_an_accepted_entry_that_repeats_only_a_part_is_adopted_by_nobody(echo: dict[str, Any]) -> None:
    """Also in a chunk of one: it may be the task of somebody else on this account."""
    matches = matched(sent(**PAYLOAD), echo)
    assert matches.found == {}
    assert matches.unknown == {"a1"}
    assert [entry.provider_id for entry in matches.foreign] == ["p1"]


def test_an_accepted_entry_that_repeats_all_of_it_is_the_tasks() -> None:
    matches = matched(sent(**PAYLOAD), PAYLOAD)
    assert matches.found["a1"].provider_id == "p1"  # type: ignore[union-attr]
    assert not matches.unknown


@pytest.mark.parametrize(("ours", "theirs"), [(True, 1), (1, True), (False, 0), (0, False)])
def test_a_boolean_is_never_the_number_that_python_takes_it_for(ours: object, theirs: object) -> None:
    matches = matched(
        sent(user_prompt="why?", web_search=ours), {"user_prompt": "why?", "web_search": theirs}
    )
    assert matches.found == {}
    assert matches.unknown == {"a1"}


@pytest.mark.parametrize("value", [True, False, 0, 1, 1.0, [True], {"a": False}])
def test_equal_values_are_the_same(value: object) -> None:
    payload = {"user_prompt": "why?", "web_search": value}
    assert matched(sent(**payload), payload).found.keys() == {"a1"}
