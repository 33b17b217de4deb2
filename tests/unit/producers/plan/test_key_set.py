from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from producers.plan.key_set import KeySet


@given(st.lists(st.one_of(st.integers(1, 40), st.integers(1, 2**64 - 1)), max_size=300))
def test_a_key_is_new_once(keys: list[int]) -> None:
    found, expected = KeySet(), set[int]()
    for key in keys:
        assert found.add(key) == (key not in expected)
        expected.add(key)
    assert len(found) == len(expected)


def test_it_grows_and_forgets_nothing() -> None:
    found = KeySet()
    keys = [key * 0x9E3779B97F4A7C15 % 2**64 for key in range(1, 5_000)]
    assert all(found.add(key) for key in keys)
    assert not any(found.add(key) for key in keys)
    assert len(found) == 4_999
