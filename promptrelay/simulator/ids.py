"""Ids in the provider's style: they look like UUIDs and are none."""

from __future__ import annotations

import itertools
import secrets
from datetime import UTC, datetime

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_ROOM = 36**7
# Coprime to 36**7, so that multiplying by it keeps numbers apart while neighbours look unlike.
_STRIDE = 48_271_234_567


class Ids:
    """Hands out ids that no two calls share, also not across restarts."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._salt = "".join(secrets.choice(_DIGITS) for _ in range(4))

    def next(self, now: float, kind: str = "0613") -> str:
        """Gives an id like `02249714-1807-0791-0000-0423e705a8rr`; the last letter is never a hex digit."""
        n = next(self._numbers)
        moment = datetime.fromtimestamp(now, UTC)
        tail = _written(n * _STRIDE % _ROOM) + _DIGITS[16 + n % 20]
        return f"{moment:%m%d%H%M}-{moment:%S}{n % 100:02d}-{kind}-0000-{self._salt}{tail}"


def _written(n: int) -> str:
    letters = []
    for _ in range(7):
        n, digit = divmod(n, 36)
        letters.append(_DIGITS[digit])
    return "".join(letters)
