"""How often something goes wrong: a share of the chances, or the next so many of them."""

from __future__ import annotations

import random
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """States how often a fault strikes: `0.05` is a share of the chances, `3x` the next three of them."""

    share: float = 0.0
    count: int = 0

    @classmethod
    def parse(cls, text: str) -> Rate:
        """Reads `0.05` or `3x`; a share outside 0..1 or a negative count is a ValueError."""
        if text.endswith("x"):
            count = int(text[:-1])
            if count < 0:
                raise ValueError("a count is not negative")
            return cls(count=count)
        share = float(text)
        if not 0 <= share <= 1:
            raise ValueError("a share lies between 0 and 1; a count is written 3x")
        return cls(share=share)

    def __str__(self) -> str:
        return f"{self.count}x" if self.count else f"{self.share:g}"


class Dice:
    """Decides, repeatably for one seed, whether a rate strikes this time."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._struck: dict[str, int] = {}
        self._random: dict[str, random.Random] = {}

    def strikes(self, key: str, rate: Rate) -> bool:
        """Says whether the fault named by `key` happens now; a count is used up by striking."""
        if rate.count:
            struck = self._struck.get(key, 0)
            self._struck[key] = struck + 1
            return struck < rate.count
        return rate.share > 0 and self.of(key).random() < rate.share

    def of(self, key: str) -> random.Random:
        """Gives the random source of one key, so that keys do not disturb one another."""
        if key not in self._random:
            self._random[key] = random.Random(f"{self._seed}:{key}")
        return self._random[key]

    def forget(self, key: str) -> None:
        """Starts a count anew, after its option was set again."""
        self._struck.pop(key, None)
