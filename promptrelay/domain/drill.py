"""Named points of the code, at which a drill may kill, stop or fail the process that passes them."""

from __future__ import annotations

from collections.abc import Callable

Passes = Callable[[str], None]
"""Called with the name of each point."""


def nothing_happens(_point: str) -> None:
    """How every point is passed outside drills."""
