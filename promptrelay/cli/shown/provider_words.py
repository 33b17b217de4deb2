"""What the provider says of sendings without an answer, for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from producers.readable import duration


def provider_lines(found: Sequence[Mapping[str, Any]]) -> Iterator[str]:
    """A line for each code, with how many of them are still waited for."""
    for words in found:
        said = f"{words['code']} {words['message'] or ''}".rstrip(" .")
        waiting = words["waiting"]
        since = f", {waiting:,} waited for, for {duration(words['for_s'] or 0.0)}" if waiting else ""
        what = "sending" if words["attempts"] == 1 else "sendings"
        yield f"the provider says {said}: {words['attempts']:,} {what}{since}"
