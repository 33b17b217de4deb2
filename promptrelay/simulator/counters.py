"""What clients asked of the stand-in, whether it was taken or not."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from promptrelay.simulator.envelope import Json
from promptrelay.simulator.limits import Window


@dataclass
class Counters:
    """Counts calls by endpoint and by tag; the admin's own calls are not in it."""

    calls: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    faults: Counter[str] = field(default_factory=Counter)
    tags: dict[str, Counter[str]] = field(default_factory=dict)
    seen: Window = field(default_factory=Window)

    def call(self, endpoint: str, now: float) -> None:
        """Counts one call that reached the account."""
        self.calls[endpoint] += 1
        self.seen.add(now)

    def tagged(self, tag: object, what: str) -> None:
        """Counts one thing asked for a tag."""
        if isinstance(tag, str):
            self.tags.setdefault(tag, Counter())[what] += 1

    def summary(self) -> Json:
        """Shows the counts, and the most calls seen in any 60 seconds."""
        return {
            "calls": dict(self.calls),
            "calls_total": self.calls.total(),
            "max_calls_in_60_s": self.seen.most,
            "over_limit": dict(self.refused),
            "over_limit_total": self.refused.total(),
            "faults": dict(self.faults),
        }
