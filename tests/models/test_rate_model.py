"""P26: a missing key is an empty bucket, so that flushing Redis never adds to a minute."""

from __future__ import annotations

import pytest

from .rate_model import most_calls_in_a_minute, safe_rate

LIMIT, BURST = 2_000, 20
RATE = safe_rate(limit=LIMIT, burst=BURST, void_s=0.25)


def test_the_rate_is_the_protocols() -> None:
    assert pytest.approx(32.86, abs=0.01) == RATE


@pytest.mark.parametrize("flushes", [0, 1, 5])
def test_with_an_empty_bucket_flushes_add_nothing(flushes: int) -> None:
    calls = most_calls_in_a_minute(rate=RATE, burst=BURST, flushes=flushes, missing_key_is_full=False)
    assert calls <= LIMIT


def test_with_a_full_bucket_flushes_pass_the_limit() -> None:
    assert most_calls_in_a_minute(rate=32, burst=40, flushes=2, missing_key_is_full=True) > LIMIT
