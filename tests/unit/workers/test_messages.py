"""Only what can be a message of ours is obeyed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from celery.exceptions import Ignore

from promptrelay.domain.platform import Platform
from workers.messages import id_of, ids_of, pairs_of, platform_of


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (platform_of, "copilot"),
        (platform_of, None),
        (platform_of, ["claude"]),
        (id_of, ""),
        (id_of, "a" * 65),
        (id_of, "für"),
        (id_of, 7),
        (id_of, {"a": 1}),
        (ids_of, "abc"),
        (ids_of, None),
        (ids_of, {"a": 1}),
        (ids_of, ["a", None]),
        (ids_of, [f"{number}" for number in range(101)]),
        (pairs_of, ["ab"]),
        (pairs_of, [["a"]]),
        (pairs_of, [["a", "b", "c"]]),
        (pairs_of, [["a", 1]]),
        (pairs_of, [["a", "b"]] * 101),
    ],
)
def test_what_is_none_is_dropped(read: Callable[[object], object], value: object) -> None:
    with pytest.raises(Ignore):
        read(value)


def test_what_is_one_is_read() -> None:
    assert platform_of("claude") is Platform.CLAUDE
    assert id_of("01M8D0AAP2GVG3H6C6K3TBQN72") == "01M8D0AAP2GVG3H6C6K3TBQN72"
    assert ids_of([f"{number}" for number in range(100)]) == [f"{number}" for number in range(100)]
    assert ids_of(["a", "b", "a"]) == ["a", "b"], "one job is sent once, however often it is named"
    assert pairs_of([["a", "p1"], ("b", "p2")]) == [("a", "p1"), ("b", "p2")]
