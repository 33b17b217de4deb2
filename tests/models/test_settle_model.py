"""P17, P18: an answer is durable, and what SQL points to is what was settled."""

from __future__ import annotations

import pytest

from .explorer import explore
from .settle_model import KeyOf, key_of_attempts, key_of_content, key_of_first_attempt, settle_model


@pytest.mark.parametrize("power_may_fail", [False, True])
def test_content_keys_and_fsync_hold_through_crashes_and_power_loss(power_may_fail: bool) -> None:
    result = explore(settle_model(key_of_content, power_may_fail=power_may_fail))
    assert result.holds, result


@pytest.mark.parametrize("key_of", [key_of_first_attempt, key_of_attempts])
def test_a_key_that_is_not_the_contents_hash_points_to_other_bytes(key_of: KeyOf) -> None:
    assert explore(settle_model(key_of), until="a committed row").breaks(
        "a committed row points to other bytes"
    )


def test_without_fsync_a_power_loss_takes_a_settled_answer() -> None:
    model = settle_model(key_of_content, fsync=False, power_may_fail=True)
    assert explore(model, until="a committed row").breaks("a committed row points to a missing segment")


def test_a_reader_that_lists_segments_counts_an_answer_twice() -> None:
    assert explore(settle_model(key_of_content, reader_lists=True), until="a reader").breaks(
        "a reader that lists"
    )
