"""The highest number of an account's paid calls, remembered in Redis beside the database that gives it (P30).

Numbers are drawn in SQL and used here, once each, immediately before the call. A restored database draws
numbers that were used before.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files

import redis

from promptrelay.dataforseo.errors import AllowanceUnavailable, SendRefused

_KEPT = 5000
_SCRIPT = files(__package__).joinpath("post_numbers.lua").read_text("utf-8")


class NumberUsed(SendRefused):
    """Not sent ({reason}): the database has given out the number of an earlier paid call; it went back in
    time."""

    def __init__(self, *, highest: int) -> None:
        super().__init__(reason=f"paid calls up to {highest} were made")
        self.highest = highest


class NumbersUnavailable(AllowanceUnavailable):
    """Nobody can say now which paid calls were made ({reason}): none is made until somebody can."""


class PostNumbers:
    """Remembers for one account and one deployment; every method raises AllowanceUnavailable without Redis.

    `remembered` tells the highest number from a second memory, for a Redis that lost its own.
    """

    def __init__(
        self, client: redis.Redis, *, account: str, deployment: str, remembered: Callable[[], int]
    ) -> None:
        prefix = f"promptrelay:{account}:posts:{deployment}"
        self._keys = [prefix, f"{prefix}:used"]
        self._remembered = remembered
        self._script = client.register_script(_SCRIPT)

    def highest(self) -> int:
        """The highest number of a paid call that anybody remembers. Raises what `remembered` raises."""
        found, highest = self._run("read", 0)
        if found < 0:
            _, highest = self._run("seed", self._remembered())
        return highest

    def use(self, number: int) -> None:
        """Take the number for a call that is made now. Raises NumberUsed and SendRefused: then do not."""
        found, highest = self._run("use", number)
        if found == 0:
            raise NumberUsed(highest=highest)
        if found < 0:
            raise SendRefused(reason="Redis was restarted since the call was numbered")

    def _run(self, what: str, number: int) -> tuple[int, int]:
        try:
            found, highest = self._script(keys=self._keys, args=[what, number, _KEPT])
        except redis.RedisError as error:
            raise AllowanceUnavailable(reason=type(error).__name__) from None
        return int(found), int(highest)
