"""A paid call carries as many tasks as the provider takes, and never one more."""

from __future__ import annotations

import json

import pytest

from promptrelay.dataforseo.client import encode_tasks

TASK = {"user_prompt": "why?", "tag": "t"}


@pytest.mark.parametrize("count", [1, 100])
def test_a_call_takes_up_to_a_hundred(count: int) -> None:
    assert len(json.loads(encode_tasks([TASK] * count))) == count


@pytest.mark.parametrize("count", [0, 101, 107])
def test_nothing_and_more_than_a_hundred_are_refused_before_anything_is_sent(count: int) -> None:
    with pytest.raises(ValueError, match="1 to 100 are allowed"):
        encode_tasks([TASK] * count)
