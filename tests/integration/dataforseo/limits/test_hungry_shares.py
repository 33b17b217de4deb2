"""Shares that want all they can get: each keeps its guaranteed part, and nobody's part is another's (P26)."""

from __future__ import annotations

import pytest
import redis

from promptrelay.dataforseo.limits import rate_allowance
from promptrelay.dataforseo.limits.rate_allowance import GUARANTEED, Share
from tests.integration.dataforseo.limits.simulated_time import granted, script_in_simulated_time

POSTING, COLLECTING, LIVE = Share
NEAR = 0.88
"""Of its part: threads ask in no fixed order, and what a share leaves for a moment others take."""


@pytest.fixture(autouse=True)
def _simulated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_allowance, "_SCRIPT", script_in_simulated_time())


@pytest.mark.parametrize(
    "takers",
    [
        {POSTING: 8, COLLECTING: 8, LIVE: 8},
        {POSTING: 1, COLLECTING: 1, LIVE: 30},
        {COLLECTING: 1, LIVE: 19},
        {POSTING: 4, LIVE: 16},
    ],
    ids=["all alike", "a crowd in one", "one against many", "two"],
)
def test_each_hungry_share_gets_its_guaranteed_part(
    redis_client: redis.Redis, takers: dict[Share, int]
) -> None:
    found, uses = granted(redis_client, takers, calls_per_minute=600, for_s=30.0)
    for share in takers:
        assert found[share] >= len(uses) * GUARANTEED[share] * NEAR, found
    # Nothing is wasted: after the first slot, 2 s and a burst after the start, every slot is used.
    assert len(uses) >= (30 - 2 - 1.1) * 590 / 60.25 * 0.97


def test_of_three_hungry_shares_none_gets_more_than_its_part(redis_client: redis.Redis) -> None:
    """With parts that all of them may ignore, each would have a third."""
    found, uses = granted(
        redis_client, {POSTING: 8, COLLECTING: 8, LIVE: 8}, calls_per_minute=600, for_s=30.0
    )
    for share in Share:
        assert abs(found[share] / len(uses) - GUARANTEED[share]) < 0.02, found


def test_what_one_share_leaves_the_others_have(redis_client: redis.Redis) -> None:
    found, uses = granted(redis_client, {POSTING: 5}, calls_per_minute=600, for_s=30.0)
    assert found[POSTING] == len(uses) >= (30 - 2 - 1.1) * 590 / 60.25 * 0.97
